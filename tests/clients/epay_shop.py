"""A shop that uses epay-sdk from PyPI: it signs, builds the addresses, reads the answers and judges the callbacks."""

import warnings

from epay_sdk import CreateOrderRequest, EPayClient, EPayConfig, PaymentService
from epay_sdk.callbacks import CallbackProcessor
from epay_sdk.models import OrderRecord, OrderStatus
from shop import Shop, main

warnings.simplefilter("ignore")  # it would rather have https


class Orders:
    """What the SDK calls a repository: the shop's own orders."""

    def __init__(self):
        self.orders = {}
        self.attempts = []

    def get_order(self, order_no):
        return self.orders.get(order_no)

    def mark_paid_if_unpaid(self, order_no, gateway_trade_no, raw_payload):
        order = self.orders[order_no]
        if order.status == OrderStatus.PAID.value:
            return False
        order.status, order.gateway_trade_no = OrderStatus.PAID.value, gateway_trade_no
        return True

    def record_callback_attempt(self, order_no, accepted, reason, raw_payload, *, stage):
        self.attempts.append([order_no, accepted, reason, stage])


class EpayShop(Shop):
    def configure(self, till, id, key):
        self.client = EPayClient(EPayConfig(pid=id, key=key, base_url=till))
        self.service = PaymentService(self.client)
        self.orders = Orders()

    def do_buy(self, number, amount, subject, pay_type, notify_url, return_url, attach=None):
        """The address that the customer's browser is sent to."""
        self.orders.orders[number] = OrderRecord(number, amount, OrderStatus.UNPAID.value)
        return self.service.create_order(
            pay_type=pay_type,
            order_no=number,
            amount=amount,
            subject=subject,
            notify_url=notify_url,
            return_url=return_url,
            attach=attach,
        )

    def do_post(self, number, amount, subject, pay_type, notify_url, return_url):
        """Its POST to submit.php; it follows where that leads and gives what was there."""
        asked = CreateOrderRequest(number, subject, amount, notify_url, return_url, pay_type)
        return self.client.create_order(asked)

    def do_query(self, number):
        found = self.service.query_order(number)
        return {
            "ok": found.query_ok,
            "paid": found.paid,
            "trade_no": found.gateway_trade_no,
            "number": found.order_no,
            "amount": found.amount,
        }

    def do_books(self):
        orders = {number: [o.status, o.gateway_trade_no] for number, o in self.orders.orders.items()}
        return {"orders": orders, "attempts": self.orders.attempts}

    def notify(self, method, query, form):
        # The SDK verifies the signature, then asks the till before it believes the callback.
        callback = self.client.verify_callback(query)
        return CallbackProcessor(self.client, self.orders).process(callback).response_text

    def back(self, query):
        return "paid" if self.client.is_trade_success(self.client.verify_callback(query).raw) else "not paid"


main(EpayShop())
