"""Extraction over TLS, with certificates in Dask's own configuration, by the command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.indexing.dask_workers import CERTIFICATES
from tests.cluster.dask_cluster import ROOT, DaskCluster
from tests.indexing.faults import assert_one_line

pytestmark = pytest.mark.cluster


def openssl(folder: Path, command: str) -> None:
    subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)


def make_certificates(folder: Path) -> dict[str, str]:
    """Make an authority and one certificate for all; returns the environment that names them."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    folder.mkdir()
    new = "-newkey rsa:2048 -nodes"
    openssl(folder, f"req -x509 {new} -days 2 -subj /CN=authority -keyout own.pem -out ca.pem")
    openssl(folder, f"req {new} -subj /CN=127.0.0.1 -keyout key.pem -out request.pem")
    signed = "-CA ca.pem -CAkey own.pem -CAcreateserial -days 2"
    openssl(folder, f"x509 -req -in request.pem {signed} -out cert.pem")
    files = {"CA_FILE": "ca.pem"}
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        files |= {f"{role}__CERT": "cert.pem", f"{role}__KEY": "key.pem"}
    return {
        f"DASK_DISTRIBUTED__COMM__TLS__{name}": str(folder / file) for name, file in files.items()
    }


def index(
    library: Path, features: Path, address: str, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    options = ["--features", str(features), "--descriptor", "hsv", "--workers", address]
    return subprocess.run(
        [sys.executable, "-m", "core", "index", str(library), *options],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_only_who_has_a_certificate_uses_the_workers(photos: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    environment = make_certificates(tmp_path / "certificates")
    others = make_certificates(tmp_path / "others")
    lacking = {**environment, CERTIFICATES[0]: str(tmp_path / "gone.pem")}
    folder = tmp_path / "dask"
    folder.mkdir()
    features = tmp_path / "features"
    with DaskCluster(folder, environment, protocol="tls") as cluster:
        cluster.start_worker()
        for wrong, address, received in (
            ({}, cluster.address, "Received: none."),
            (lacking, cluster.address, "FileNotFoundError"),
            (others, cluster.address, "Check the address and the certificates."),
            ({}, cluster.address.replace("tls:", "tcp:"), "No scheduler answers: "),
        ):
            done = index(photos, features, address, wrong)
            assert (done.returncode, done.stdout) == (2, "")
            assert_one_line(done.stderr)
            assert received in done.stderr
        done = index(photos, features, cluster.address, environment)
        assert (done.returncode, done.stderr) == (0, "")
        assert "6 images" in done.stdout
        assert "6 extracted" in done.stdout
