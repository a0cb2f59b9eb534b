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


sys.exit(main(Client()))
