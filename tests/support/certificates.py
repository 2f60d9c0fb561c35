"""A certificate authority of one test run, made by the openssl program."""

import os
import subprocess


def openssl(*words, **options):
    ran = subprocess.run(["openssl", *words], capture_output=True, text=True, check=False,
                         timeout=60, **options)
    if ran.returncode != 0:
        raise RuntimeError(f"openssl {words[0]}: {ran.stderr}")
    return ran.stdout


class Authority:
    """Issues certificates into a directory: NAME.crt and NAME.key."""

    def __init__(self, directory, name="ca"):
        self._directory = directory
        self.certificate = directory / f"{name}.crt"
        self._key = directory / f"{name}.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", str(self._key), "-out", str(self.certificate), "-days", "2", "-subj",
                f"/CN=test {name}")

    def issue(self, name, common_name, alternatives="", owner=None, password=None):
        """(certificate, key) of a new pair; `alternatives` as "DNS:a,IP:127.0.0.1"."""
        certificate, key = (self._directory / f"{name}.{end}" for end in ("crt", "key"))
        request, extra = (self._directory / f"{name}.{end}" for end in ("csr", "ext"))
        locked = ["-passout", f"pass:{password}"] if password else ["-nodes"]
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", *locked,
                "-keyout", str(key), "-out", str(request), "-subj", f"/CN={common_name}")
        extra.write_text(f"subjectAltName={alternatives}\n" if alternatives else "")
        openssl("x509", "-req", "-in", str(request), "-CA", str(self.certificate), "-CAkey",
                str(self._key), "-CAcreateserial", "-days", "2", "-out", str(certificate),
                "-extfile", str(extra))
        key.chmod(0o600)
        certificate.chmod(0o644)
        if owner:
            os.chown(key, owner.pw_uid, owner.pw_gid)
        return certificate, key
