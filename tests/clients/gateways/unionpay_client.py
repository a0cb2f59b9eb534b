"""A client of UnionPay 5.1.0, for which no package is kept up: written from UnionPay's public guide alone, with every
signature and certificate in the hands of the openssl command line."""

import base64
import hashlib
import io
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
import zlib
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from shop import Shop, main


def content(fields):
    signed = sorted((name, value) for name, value in fields.items() if value and name != "signature")
    text = "&".join(f"{name}={value}" for name, value in signed)
    return hashlib.sha256(text.encode()).hexdigest().encode()


class Client(Shop):
    def configure(self, gateway, mer_id, pfx, password, root, middle):
        self.gateway, self.mer_id = gateway, mer_id
        self.folder = tempfile.TemporaryDirectory()
        for name, data in (("pfx", base64.b64decode(pfx)), ("root", root.encode()), ("middle", middle.encode())):
            self.path(name).write_bytes(data)
        opened = ("pkcs12", "-in", self.path("pfx"), "-passin", f"pass:{password}")
        self.openssl(*opened, "-nodes", "-nocerts", "-out", self.path("key"))
        self.openssl(*opened, "-nokeys", "-out", self.path("certificate"))
        serial = self.openssl("x509", "-in", self.path("certificate"), "-noout", "-serial").decode().strip()
        self.cert_id = str(int(serial.removeprefix("serial="), 16))

    def path(self, name):
        return Path(self.folder.name) / name

    def openssl(self, *words, stdin=b""):
        done = subprocess.run(["openssl", *map(str, words)], input=stdin, capture_output=True)
        if done.returncode:
            raise ValueError(f"openssl {words[0]}: {(done.stderr or done.stdout).decode()}")
        return done.stdout

    def do_ask(self, path, fields):
        asked = {
            "version": "5.1.0",
            "encoding": "UTF-8",
            "signMethod": "01",
            "bizType": "000000",
            "accessType": "0",
            "merId": self.mer_id,
            "certId": self.cert_id,
            **fields,
        }
        signature = self.openssl("dgst", "-sha256", "-sign", self.path("key"), stdin=content(asked))
        asked["signature"] = base64.b64encode(signature).decode()
        with urllib.request.urlopen(self.gateway + path, urlencode(asked).encode()) as answer:
            return self.do_notice(answer.read().decode())

    def do_notice(self, body):
        """What an answer or a notice says, if UnionPay signed it: the certificate in it leads to the root, it is
        UnionPay's own, and its key made the signature."""
        told = dict(parse_qsl(body, strict_parsing=True))
        self.path("theirs").write_text(told["signPubKeyCert"])
        self.path("signature").write_bytes(base64.b64decode(told["signature"], validate=True))
        self.openssl("verify", "-CAfile", self.path("root"), "-untrusted", self.path("middle"), self.path("theirs"))
        subject = self.openssl("x509", "-in", self.path("theirs"), "-noout", "-subject", "-nameopt", "multiline").decode()
        if subject.split("commonName")[1].split("@")[2] != "00040000:SIGN":
            raise ValueError("not UnionPay's certificate")
        key = self.openssl("x509", "-in", self.path("theirs"), "-noout", "-pubkey")
        self.path("public").write_bytes(key)
        self.openssl(
            "dgst", "-sha256", "-verify", self.path("public"), "-signature", self.path("signature"), stdin=content(told)
        )
        return told

    def do_unpack(self, content):
        """The lines of a file of details."""
        with zipfile.ZipFile(io.BytesIO(zlib.decompress(base64.b64decode(content)))) as packed:
            return [line for name in packed.namelist() for line in packed.read(name).decode("gbk").splitlines()]


sys.exit(main(Client()))
