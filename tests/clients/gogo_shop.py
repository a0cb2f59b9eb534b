"""A shop that speaks GOGO支付, transcribed from the article that describes it (its request and callback examples): the same
fields, headers and order of signing, and a callback view that takes POST and reads the fields from the query, as printed
there. Nobody publishes a client of it."""

import hashlib

import requests
from shop import Shop, main


class GogoShop(Shop):
    def configure(self, till, id, key):
        self.till, self.app_id, self.app_secret = till, id, key

    def signed(self, *parts):
        text = "".join([self.app_id, *parts, self.app_secret])
        return hashlib.md5(text.encode(encoding="UTF-8")).hexdigest()

    def do_create(self, pay_id, p_type, price, content, param="Quanfita", html=None, form=False, **more):
        data = {
            "payId": pay_id,
            "type": p_type,
            "price": price,
            "param": param,
            "sign": self.signed(pay_id, param, p_type, price),
            "content": content,
            **more,
        }
        if html is not None:
            data["isHtml"] = html
        headers = {"charset": "utf-8", "App-Id": self.app_id, "App-Secret": self.app_secret}
        url = self.till + "/createOrder"
        if form:
            response = requests.post(url, data=data, headers=headers, timeout=20)
        else:
            headers["content-type"] = "application/json"
            response = requests.post(url, json=data, headers=headers, timeout=20)
        kind = response.headers.get("content-type", "")
        body = response.json() if "json" in kind else response.text
        return {"status": response.status_code, "url": response.url, "body": body}

    def do_get(self, order_id):
        headers = {"App-Id": self.app_id, "App-Secret": self.app_secret}
        return requests.post(self.till + "/getOrder", json={"orderId": order_id}, headers=headers, timeout=20).json()

    def verified(self, told):
        parts = [told.get(name, "") for name in ("payId", "param", "type", "price", "reallyPrice")]
        return self.signed(*parts) == told.get("sign")

    def notify(self, method, query, form):
        if method == "POST" and self.verified(query):
            return "success"
        return "Failed"

    def back(self, query):
        return "paid" if self.verified(query) else "Failed"


main(GogoShop())
