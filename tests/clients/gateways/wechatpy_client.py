"""wechatpy from PyPI: a client of v2. It does not verify answers by itself; its own check is asked for each."""

import sys

import xmltodict
from wechatpy.pay import WeChatPay

from shop import Shop, main


class Checked(WeChatPay):
    def _handle_result(self, res):
        answer = super()._handle_result(res)
        if not self.check_signature(answer):
            raise ValueError("not signed by WeChat Pay")
        return answer


class Client(Shop):
    def configure(self, gateway, mchid, appid, v2_key):
        self.client = Checked(appid, v2_key, mchid)
        self.client.API_BASE_URL = f"{gateway}/"
        for api in (self.client.order, self.client.refund, self.client.micropay):
            api.API_BASE_URL = f"{gateway}/"

    def do_order(self, out_trade_no, total_fee, body):
        return self.client.order.create(
            "NATIVE", body, total_fee, "https://shop.example.com/notify", out_trade_no=out_trade_no, product_id="1",
            client_ip="127.0.0.1",
        )

    def do_query(self, out_trade_no):
        return self.client.order.query(out_trade_no=out_trade_no)

    def do_close(self, out_trade_no):
        return self.client.order.close(out_trade_no)

    def do_micropay(self, out_trade_no, total_fee, body, auth_code):
        return self.client.micropay.create(
            body, total_fee, auth_code, out_trade_no=out_trade_no, client_ip="127.0.0.1"
        )

    def do_refund(self, out_trade_no, out_refund_no, total_fee, refund_fee):
        return self.client.refund.apply(total_fee, refund_fee, out_refund_no, out_trade_no=out_trade_no)

    def do_refund_query(self, out_refund_no):
        return self.client.refund.query(out_refund_no=out_refund_no)

    def do_request(self, body):
        """Whether a merchant's request is signed."""
        return self.client.check_signature(xmltodict.parse(body)["xml"])

    def do_notice(self, body):
        return self.client.parse_payment_result(body)

    def do_refund_notice(self, body):
        return self.client.parse_refund_notify_result(body)


sys.exit(main(Client()))
