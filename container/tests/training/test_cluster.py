"""Hosts and ranks."""

from slipway_kit.training.cluster import read_cluster


def test_one_process_on_each_host_has_the_rank_of_its_host() -> None:
    resources = {"current_host": "algo-2", "hosts": ["algo-3", "algo-1", "algo-2"], "network_interface_name": "eth0"}
    cluster = read_cluster(resources, {})
    assert cluster.hosts == ("algo-1", "algo-2", "algo-3")
    assert (cluster.rank, cluster.world_size, cluster.local_rank, cluster.host_rank) == (1, 3, 0, 1)
    assert (cluster.master_address, cluster.master_port, cluster.network_interface) == ("algo-1", 29500, "eth0")


def test_the_variables_of_a_launcher_decide_when_all_are_there() -> None:
    resources = {"current_host": "algo-2", "hosts": ["algo-1", "algo-2"]}
    whole = {"RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "MASTER_PORT": "4000"}
    cluster = read_cluster(resources, whole)
    assert (cluster.rank, cluster.world_size, cluster.local_rank, cluster.master_port) == (5, 8, 1, 4000)
    assert read_cluster(resources, {"RANK": "5"}).rank == 1


def test_a_place_to_meet_can_be_named_where_hosts_have_no_names() -> None:
    resources = {"current_host": "algo-2", "hosts": ["algo-1", "algo-2"]}
    cluster = read_cluster(resources, {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "41000"})
    assert (cluster.rank, cluster.world_size, cluster.master_address, cluster.master_port) == (1, 2, "127.0.0.1", 41000)
    assert read_cluster(resources, {"MASTER_PORT": "41000"}).master_port == 29500


def test_a_single_host_is_its_own_master_by_loopback() -> None:
    cluster = read_cluster({}, {"HOSTNAME": "laptop"})
    assert (cluster.hosts, cluster.rank, cluster.world_size, cluster.master_address) == (("laptop",), 0, 1, "127.0.0.1")
