"""What the environment says."""

from pathlib import Path

import pytest

from slipway_kit.errors import SettingError
from slipway_kit.settings import Layout, read_code_dir, read_layout, read_serving


def test_without_settings_the_sagemaker_contract_holds() -> None:
    layout = read_layout({})
    settings = read_serving(layout, {})
    assert layout.base == Path("/opt/ml")
    assert read_code_dir({}) == Path("/opt/slipway/code")
    assert (settings.host, settings.port, settings.max_body_bytes, settings.timeout) == ("0.0.0.0", 8080, 6 * 1024 * 1024, 60.0)
    assert settings.workers >= 1


def test_a_base_directory_of_its_own_means_one_worker_that_only_this_machine_reaches(tmp_path: Path) -> None:
    environment = {"SAGEMAKER_BASE_DIR": str(tmp_path), "SAGEMAKER_BIND_TO_PORT": "9001"}
    layout = read_layout(environment)
    settings = read_serving(layout, environment)
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 9001, 1)
    assert (layout.model, layout.failure) == (tmp_path / "model", tmp_path / "output" / "failure")
    assert read_serving(layout, {**environment, "SLIPWAY_HOST": "0.0.0.0"}).host == "0.0.0.0"


def test_every_wrong_value_is_named_at_once(tmp_path: Path) -> None:
    environment = {
        "SAGEMAKER_BIND_TO_PORT": "99999",
        "SAGEMAKER_MODEL_SERVER_WORKERS": "0",
        "SAGEMAKER_MODEL_SERVER_TIMEOUT": "",
        "SLIPWAY_MAX_BODY_BYTES": "6MB",
        "SLIPWAY_ACCESS_LOG": "loud",
    }
    with pytest.raises(SettingError) as raised:
        read_serving(Layout(tmp_path), environment)
    assert str(raised.value).splitlines() == [
        "SAGEMAKER_BIND_TO_PORT: got '99999', expected a whole number from 1 to 65535",
        "SAGEMAKER_MODEL_SERVER_WORKERS: got '0', expected a whole number from 1 to 512",
        "SLIPWAY_MAX_BODY_BYTES: got '6MB', expected a whole number from 1 to 1099511627776",
        "SAGEMAKER_MODEL_SERVER_TIMEOUT: got '', expected a whole number from 1 to 86400",
        "SLIPWAY_ACCESS_LOG: got 'loud', expected one of sampled, all, off",
    ]
