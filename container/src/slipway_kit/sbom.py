"""The bill of materials of an image: what is installed in it, as CycloneDX 1.6 in JSON (https://cyclonedx.org/docs/1.6/json/).

`python -m slipway_kit.sbom [--base IMAGE] [--report FILE]...` prints it. It knows of Python packages, of Debian's packages where there is dpkg,
of the interpreter and of the kit; not of what a Dockerfile has copied or compiled by itself. It runs while any image is built, so it uses the
standard library alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import sys
import sysconfig
from datetime import datetime, timezone
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from slipway_kit import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Component = dict[str, object]

IMAGE = "image"


def bill(*, base: str | None = None, reports: Sequence[Path] = (), root: Path = Path("/"), paths: Sequence[str] | None = None) -> dict[str, object]:
    """Everything installed.

    base: name of the image this one is built on.
    reports: what `pip install --report` wrote, where the hashes of the wheels stand; packages that none of them names have no hash.
    root: where the files of the operating system are. paths: the folders with Python packages, by default those of this interpreter.
    """
    system = _os_release(root)
    python = _python_components(_site_folders() if paths is None else paths, _wheel_hashes(reports))
    components = [*_foundations(system), *(component for component, _ in python), *_debian_components(root, system)]
    properties = [{"name": "slipway:base-image", "value": base}] if base else []
    document: dict[str, object] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": _now(),
            "tools": {"components": [{"type": "application", "name": "slipway-kit", "version": __version__}]},
            "component": {"type": "container", "bom-ref": IMAGE, "name": "model-image", "properties": properties},
        },
        "components": components,
        "dependencies": _dependencies(components, python),
    }
    # The same content has the same number, as a registry of bills expects of documents with one version.
    content = hashlib.sha256(json.dumps(components, sort_keys=True).encode()).hexdigest()
    return {**document, "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, content)}"}


def _now() -> str:
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    moment = datetime.fromtimestamp(int(epoch), timezone.utc) if epoch.isdigit() else datetime.now(timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _foundations(system: Mapping[str, str]) -> list[Component]:
    version = platform.python_version()
    found: list[Component] = [
        {
            "type": "library",
            "bom-ref": f"pkg:generic/slipway-kit@{__version__}",
            "name": "slipway-kit",
            "version": __version__,
            "purl": f"pkg:generic/slipway-kit@{__version__}",
            "licenses": [{"license": {"id": "Apache-2.0"}}],
        },
        {
            "type": "platform",
            "bom-ref": f"pkg:generic/python@{version}",
            "name": "python",
            "version": version,
            "purl": f"pkg:generic/python@{version}",
            "cpe": f"cpe:2.3:a:python:python:{version}:*:*:*:*:*:*:*",
        },
    ]
    if "ID" in system:
        named = {"type": "operating-system", "bom-ref": "operating-system", "name": system["ID"]}
        found.append({**named, **({"version": system["VERSION_ID"]} if "VERSION_ID" in system else {})})
    return found


def _site_folders() -> list[str]:
    """Those of this environment, then those of the interpreter below it, which are in the image too."""
    below = {"base": sys.base_prefix, "platbase": sys.base_prefix}
    names = ("purelib", "platlib")
    return list(dict.fromkeys([*(sysconfig.get_path(name) for name in names), *(sysconfig.get_path(name, vars=below) for name in names)]))


def _wheel_hashes(reports: Iterable[Path]) -> dict[tuple[str, str], str]:
    """SHA-256 of what was downloaded, by normalised name and version."""
    found: dict[tuple[str, str], str] = {}
    for report in reports:
        if not report.exists():
            continue
        for installed in json.loads(report.read_text(encoding="utf-8")).get("install", []):
            hashes = installed.get("download_info", {}).get("archive_info", {}).get("hashes", {})
            if "sha256" in hashes:
                metadata = installed["metadata"]
                found[normalised(metadata["name"]), metadata["version"]] = hashes["sha256"]
    return found


def normalised(name: str) -> str:
    """As PyPI compares names of packages."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _python_components(folders: Sequence[str], hashes: Mapping[tuple[str, str], str]) -> list[tuple[Component, Distribution]]:
    found: dict[str, tuple[Component, Distribution]] = {}
    for folder in folders:
        for package in sorted(filter(_is_whole, distributions(path=[folder])), key=lambda each: normalised(each.name)):
            purl = f"pkg:pypi/{normalised(package.name)}@{quote(package.version, safe=':')}"
            digest = hashes.get((normalised(package.name), package.version))
            component: Component = {
                "type": "library",
                "bom-ref": purl if purl not in found else f"{purl}#{folder}",
                "name": package.name,
                "version": package.version,
                "purl": purl,
                "licenses": licences(package),
                "properties": [{"name": "slipway:location", "value": folder}],
                **({"hashes": [{"alg": "SHA-256", "content": digest}]} if digest else {}),
            }
            found[str(component["bom-ref"])] = (component, package)
    return list(found.values())


def _is_whole(package: Distribution) -> bool:
    """Whether it says what it is; one whose installation was broken off does not, in ways that differ between versions of Python."""
    try:
        return bool(package.name and package.version)
    except (KeyError, OSError, TypeError):
        return False


def licences(package: Distribution) -> list[dict[str, object]]:
    """What a package says of its licence: an SPDX expression, else a name of its own, else those of its classifiers; [] when it says nothing."""
    expression = _field(package, "License-Expression")
    if expression:
        return [{"expression": expression}]
    classifiers = [each.split(" :: ")[-1] for each in package.metadata.get_all("Classifier") or [] if each.startswith("License :: ")]
    named = [name for name in classifiers if name != "OSI Approved"]
    text = _field(package, "License")
    if text and text != "UNKNOWN" and "\n" not in text:
        named = [text]
    return [{"license": {"name": name}} for name in named]


def _field(package: Distribution, name: str) -> str:
    return str((package.metadata.get_all(name) or [""])[0]).strip()


def _os_release(root: Path) -> dict[str, str]:
    path = root / "etc/os-release"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    pairs = (line.partition("=") for line in lines if "=" in line)
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}


def _debian_components(root: Path, system: Mapping[str, str]) -> list[Component]:
    """What dpkg has installed; its licences are texts below /usr/share/doc, which no list can name."""
    status = root / "var/lib/dpkg/status"
    if not status.exists():
        return []
    distribution = system.get("ID", "debian")
    distro = f"&distro={distribution}-{system['VERSION_ID']}" if "VERSION_ID" in system else ""
    found: list[Component] = []
    for paragraph in status.read_text(encoding="utf-8", errors="replace").split("\n\n"):
        fields = dict(re.findall(r"^([A-Za-z-]+): (.*)$", paragraph, re.MULTILINE))
        if not fields.get("Status", "").endswith(" installed"):
            continue
        name, version, architecture = fields["Package"], fields["Version"], fields.get("Architecture", "all")
        purl = f"pkg:deb/{distribution}/{quote(name, safe='')}@{quote(version, safe=':')}?arch={architecture}{distro}"
        found.append({"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl})
    return sorted(found, key=lambda each: str(each["bom-ref"]))


def _dependencies(components: Sequence[Component], python: Sequence[tuple[Component, Distribution]]) -> list[dict[str, object]]:
    """The image holds everything; of Python packages also what asks for what, without extras."""
    refs = {normalised(str(component["name"])): str(component["bom-ref"]) for component, _ in reversed(python)}
    found: list[dict[str, object]] = [{"ref": IMAGE, "dependsOn": [str(component["bom-ref"]) for component in components]}]
    for component, package in python:
        wanted = [each for each in package.requires or [] if not re.search(r"\bextra\s*==", each)]
        names = {normalised(match[0]) for each in wanted if (match := re.match(r"[A-Za-z0-9._-]+", each))}
        asked = sorted({refs[name] for name in names if name in refs} - {str(component["bom-ref"])})
        found.append({"ref": component["bom-ref"], **({"dependsOn": asked} if asked else {})})
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the bill of this image."""
    parser = argparse.ArgumentParser(prog="python -m slipway_kit.sbom", description="Prints what is installed here, as CycloneDX 1.6 in JSON.")
    parser.add_argument("--base", help="the image that this one is built on")
    parser.add_argument("--report", action="append", default=[], type=Path, help="a report of pip install; may be given again")
    given = parser.parse_args(arguments)
    sys.stdout.write(json.dumps(bill(base=given.base, reports=given.report), indent=1) + "\n")


if __name__ == "__main__":
    main()
