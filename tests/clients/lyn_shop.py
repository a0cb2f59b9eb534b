"""A site that sells articles through Lyn.Pay, transcribed only from the article that shows its server: the four verbs with
their fields, a picture at the address in the answer, and a page that asks until the order is paid. Standard library only.

The article names its results (Success, Fail, AlreadyBuy) and not their shape; this client knows a success by its data, or
by what the till documents: code 0.
"""

import json
from urllib.request import Request, urlopen

from shop import Shop, main


class LynShop(Shop):
    def configure(self, till, id, key):
        self.till = till

    def ask(self, verb, **fields):
        body = json.dumps(fields).encode()
        request = Request(f"{self.till}/v1/Pay/{verb}", body, {"content-type": "application/json"})
        with urlopen(request) as reply:
            return json.loads(reply.read())

    def do_buy(self, product, ip=None):
        order = self.ask("AddOrder", ProductName=product, City="杭州", **({"IP": ip} if ip else {}))
        if order["code"] != 0:
            return {"refused": order["code"]}
        data = order["data"]
        with urlopen(self.till + data["PayQRCode"]) as picture:
            kind, start = picture.headers["content-type"], picture.read(3).hex()
        return {**data, "kind": kind, "start": start}

    def do_paid(self, trade_no):
        return self.ask("QueryOrder", TradeNo=trade_no)["code"] == 0

    def do_discard(self, trade_no):
        return self.ask("DiscardOrder", TradeNo=trade_no)["code"] == 0

    def do_bought(self, product, ip):
        return self.ask("QueryAlreadyBuy", ProductName=product, IP=ip)["code"] == 2


main(LynShop())
