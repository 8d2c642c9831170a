"""The bill of materials names what is installed, and nothing that is not."""

import json
from pathlib import Path

import pytest

from slipway_kit import __version__
from slipway_kit.sbom import bill, main

STATUS = """Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9+deb12u10
Description: GNU C Library
 Package: not-a-field

Package: removed
Status: deinstall ok config-files
Architecture: all
Version: 1.0

Package: libstdc++6
Status: install ok installed
Architecture: amd64
Version: 1:12.2.0-14
"""


def installed(folder: Path, name: str, version: str, *fields: str) -> None:
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("\n".join(["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *fields]) + "\n")


def image(tmp_path: Path) -> Path:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text('NAME="Debian GNU/Linux"\nID=debian\nVERSION_ID="12"\n')
    (tmp_path / "var/lib/dpkg").mkdir(parents=True)
    (tmp_path / "var/lib/dpkg/status").write_text(STATUS)
    return tmp_path


def components(document: dict[str, object]) -> dict[str, dict[str, object]]:
    found = document["components"]
    assert isinstance(found, list)
    return {component["bom-ref"]: component for component in found}


def test_packages_of_debian_are_those_that_are_installed(tmp_path: Path) -> None:
    found = components(bill(root=image(tmp_path), paths=[]))
    assert [ref for ref in found if ref.startswith("pkg:deb/")] == [
        "pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?arch=amd64&distro=debian-12",
        "pkg:deb/debian/libstdc%2B%2B6@1:12.2.0-14?arch=amd64&distro=debian-12",
    ]
    assert found["operating-system"] == {"type": "operating-system", "bom-ref": "operating-system", "name": "debian", "version": "12"}
    assert f"pkg:generic/slipway-kit@{__version__}" in found


def test_an_image_without_dpkg_has_no_packages_of_debian(tmp_path: Path) -> None:
    assert sorted(component["type"] for component in components(bill(root=tmp_path, paths=[])).values()) == ["library", "platform"]  # type: ignore[type-var]


def test_packages_of_python_have_their_licence_and_the_hash_of_what_was_downloaded(tmp_path: Path) -> None:
    installed(tmp_path / "site", "Fast_Thing", "1.0", "License-Expression: MIT OR Apache-2.0", "Requires-Dist: other (>=2); python_version > '3'")
    installed(tmp_path / "site", "other", "2.0+local", "License: BSD", "Classifier: License :: OSI Approved :: BSD License")
    installed(tmp_path / "site", "classified", "3", "Classifier: License :: OSI Approved", "Classifier: License :: OSI Approved :: MIT License")
    installed(tmp_path / "site", "silent", "4", "License: UNKNOWN", "Requires-Dist: other; extra == 'more'", "Requires-Dist: absent")
    report = tmp_path / "report.json"
    archive = {"hashes": {"sha256": "a" * 64}}
    report.write_text(json.dumps({"install": [{"metadata": {"name": "fast-thing", "version": "1.0"}, "download_info": {"archive_info": archive}}]}))

    document = bill(root=tmp_path, paths=[str(tmp_path / "site")], reports=[report, tmp_path / "no-such-report.json"])

    found = components(document)
    assert found["pkg:pypi/fast-thing@1.0"] == {
        "type": "library",
        "bom-ref": "pkg:pypi/fast-thing@1.0",
        "name": "Fast_Thing",
        "version": "1.0",
        "purl": "pkg:pypi/fast-thing@1.0",
        "licenses": [{"expression": "MIT OR Apache-2.0"}],
        "properties": [{"name": "slipway:location", "value": str(tmp_path / "site")}],
        "hashes": [{"alg": "SHA-256", "content": "a" * 64}],
    }
    assert found["pkg:pypi/other@2.0%2Blocal"]["licenses"] == [{"license": {"name": "BSD"}}]
    assert found["pkg:pypi/classified@3"]["licenses"] == [{"license": {"name": "MIT License"}}]
    assert found["pkg:pypi/silent@4"]["licenses"] == []
    assert "hashes" not in found["pkg:pypi/silent@4"]
    assert document["dependencies"] == [
        {"ref": "image", "dependsOn": list(found)},
        {"ref": "pkg:pypi/classified@3"},
        {"ref": "pkg:pypi/fast-thing@1.0", "dependsOn": ["pkg:pypi/other@2.0%2Blocal"]},
        {"ref": "pkg:pypi/other@2.0%2Blocal"},
        {"ref": "pkg:pypi/silent@4"},
    ]


def test_a_package_that_is_there_twice_is_named_twice(tmp_path: Path) -> None:
    folders = [tmp_path / "own", tmp_path / "base"]
    for folder in folders:
        installed(folder, "pip", "24.0")
    found = components(bill(root=tmp_path, paths=[str(folder) for folder in folders]))
    assert [ref for ref in found if "pip" in ref] == ["pkg:pypi/pip@24.0", f"pkg:pypi/pip@24.0#{folders[1]}"]


def test_what_is_left_of_a_broken_installation_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "site" / "~umpy-1.0.dist-info").mkdir(parents=True)
    (tmp_path / "site" / "nameless-1.0.dist-info").mkdir()
    (tmp_path / "site" / "nameless-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\n")
    assert not [ref for ref in components(bill(root=tmp_path, paths=[str(tmp_path / "site")])) if ref.startswith("pkg:pypi/")]


def test_the_same_content_has_the_same_number_and_the_time_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    first = bill(root=image(tmp_path), paths=[], base="python:3.11-slim")
    assert bill(root=tmp_path, paths=[], base="python:3.11-slim") == first
    metadata = first["metadata"]
    assert isinstance(metadata, dict)
    assert metadata["timestamp"] == "2023-11-14T22:13:20Z"
    assert metadata["component"]["properties"] == [{"name": "slipway:base-image", "value": "python:3.11-slim"}]
    installed(tmp_path / "site", "more", "1")
    assert bill(root=tmp_path, paths=[str(tmp_path / "site")])["serialNumber"] != first["serialNumber"]


def test_the_command_prints_this_environment(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--base", "debian:12"])
    document = json.loads(capsys.readouterr().out)
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert any(ref.startswith("pkg:pypi/pytest@") for ref in components(document))
