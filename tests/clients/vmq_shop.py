"""A shop that speaks V免签, transcribed only from the public protocol text (api.html of szvone/vmqphp): nobody publishes a
client of it. Standard library only."""

import hashlib
import json
from urllib.parse import urlencode
from urllib.request import urlopen

from shop import Shop, main


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


class VmqShop(Shop):
    def configure(self, till, id, key):
        self.till, self.key = till, key

    def ask(self, path, fields, post=False):
        text = urlencode(fields)
        with urlopen(f"{self.till}{path}", text.encode()) if post else urlopen(f"{self.till}{path}?{text}") as reply:
            body = reply.read().decode()
        try:
            return json.loads(body)
        except ValueError:
            return {"html": body, "url": reply.url}

    def do_create(self, payId, type, price, param="", post=False, **more):
        sign = md5(payId + param + str(type) + price + self.key)
        fields = {"payId": payId, "param": param, "type": type, "price": price, "sign": sign, **more}
        return self.ask("/createOrder", fields, post)

    def do_get(self, orderId):
        return self.ask("/getOrder", {"orderId": orderId})

    def do_check(self, orderId):
        return self.ask("/checkOrder", {"orderId": orderId})

    def do_close(self, orderId):
        return self.ask("/closeOrder", {"orderId": orderId, "sign": md5(orderId + self.key)})

    def do_state(self, t):
        return self.ask("/getState", {"t": t, "sign": md5(t + self.key)})

    def verified(self, told):
        signed = [told["payId"], told["param"], told["type"], told["price"], told["reallyPrice"], self.key]
        return md5("".join(signed)) == told["sign"]

    def notify(self, method, query, form):
        return "success" if method == "GET" and self.verified(query) else "error_sign"

    def back(self, query):
        return "paid" if self.verified(query) else "error_sign"


main(VmqShop())
