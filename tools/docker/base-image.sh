#!/usr/bin/env bash
# Makes the image slipway/python-base:bookworm (Debian with Python and pip, no registry needed) for machines that cannot pull one.
# Needs root, debootstrap and a Docker engine that answers. DEBIAN_MIRROR names another mirror.
set -euo pipefail
tag=slipway/python-base:bookworm
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
debootstrap --variant=minbase --include=python3,python3-venv,python3-pip,ca-certificates bookworm "$root" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"}
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/var/log/*
ln -sf python3 "$root/usr/bin/python"
# An image has no other Python to protect: let pip install into it, as official Python images do.
rm -f "$root"/usr/lib/python3.*/EXTERNALLY-MANAGED
# Behind a proxy with a certificate of its own, pip in image builds must trust what this machine trusts.
bundle=${PIP_CERT:-${SSL_CERT_FILE:-}}
if [ -n "$bundle" ]; then cp "$bundle" "$root/etc/ssl/certs/ca-certificates.crt"; fi
tar -C "$root" -c . | docker import --change 'ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt' --change 'CMD ["python3"]' - "$tag"
