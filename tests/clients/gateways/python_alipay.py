"""python-alipay-sdk from PyPI, which its users wrote: signs, asks, verifies answers and notices."""

import sys
from urllib.parse import parse_qsl

from alipay import AliPay

from shop import Shop, main


class Client(Shop):
    def configure(self, gateway, app_id, private_key, alipay_public_key):
        self.alipay = AliPay(
            appid=app_id, app_private_key_string=private_key, alipay_public_key_string=alipay_public_key
        )
        self.alipay._gateway = f"{gateway}/gateway.do"

    def do_exec(self, method, content):
        return self.alipay.server_api(method, content)

    def do_notice(self, body):
        fields = dict(parse_qsl(body, strict_parsing=True))
        return self.alipay.verify(fields, fields.pop("sign"))

    def do_request(self, body):
        """Whether a merchant's request is signed with the key that this client holds to be Alipay's."""
        fields = dict(parse_qsl(body, strict_parsing=True))
        signature = fields.pop("sign")
        return self.alipay._verify("&".join(f"{name}={value}" for name, value in sorted(fields.items())), signature)

    def do_sign(self, fields):
        """A notice with the key that this client holds to be the merchant's."""
        return self.alipay.sign_data(fields) + "&sign_type=RSA2"


sys.exit(main(Client()))
