"""Alipay's own SDK from PyPI. Its `execute` loses the port of an address, so the request that it signed is posted here;
the answer is its own to read and to verify."""

import json
import sys
import urllib.request
from urllib.parse import parse_qsl, urlencode

from alipay.aop.api.AlipayClientConfig import AlipayClientConfig
from alipay.aop.api.DefaultAlipayClient import DefaultAlipayClient
from alipay.aop.api.request.AlipayTradePrecreateRequest import AlipayTradePrecreateRequest
from alipay.aop.api.request.AlipayTradeQueryRequest import AlipayTradeQueryRequest
from alipay.aop.api.request.AlipayTradeRefundRequest import AlipayTradeRefundRequest
from alipay.aop.api.util.SignatureUtils import get_sign_content, sign_with_rsa2, verify_with_rsa
from Crypto.PublicKey import RSA

from shop import Shop, main

REQUESTS = {
    "alipay.trade.precreate": AlipayTradePrecreateRequest,
    "alipay.trade.query": AlipayTradeQueryRequest,
    "alipay.trade.refund": AlipayTradeRefundRequest,
}


def bare(pem):
    """The base64 inside a PEM text, as this SDK wants its keys."""
    return "".join(line for line in pem.splitlines() if not line.startswith("-----"))


class Client(Shop):
    def configure(self, gateway, app_id, private_key, alipay_public_key):
        config = AlipayClientConfig()
        config.server_url = f"{gateway}/gateway.do"
        config.app_id = app_id
        config.app_private_key = bare(RSA.import_key(private_key).export_key(pkcs=1).decode())
        config.alipay_public_key = bare(alipay_public_key)
        self.config = config
        self.client = DefaultAlipayClient(config)

    def do_exec(self, method, content):
        request = REQUESTS[method]()
        request.biz_content = content
        form = self.client.sdk_execute(request).encode()
        with urllib.request.urlopen(self.config.server_url, form) as answer:
            return json.loads(self.client._DefaultAlipayClient__parse_response(answer.read()))

    def do_notice(self, body):
        fields = dict(parse_qsl(body, strict_parsing=True))
        signature = fields.pop("sign")
        del fields["sign_type"]
        return verify_with_rsa(self.config.alipay_public_key, get_sign_content(fields).encode(), signature)

    def do_request(self, body):
        """Whether a merchant's request is signed with the key that this client holds to be Alipay's."""
        fields = dict(parse_qsl(body, strict_parsing=True))
        signature = fields.pop("sign")
        return verify_with_rsa(self.config.alipay_public_key, get_sign_content(fields).encode(), signature)

    def do_sign(self, fields):
        """A notice with the key that this client holds to be the merchant's."""
        signature = sign_with_rsa2(self.config.app_private_key, get_sign_content(fields), "utf-8")
        return urlencode({**fields, "sign": signature, "sign_type": "RSA2"})


sys.exit(main(Client()))
