"""What every Python shop here has in common: a server that the test starts, asks to buy, and reads.

`/_/configure` (POST, JSON) tells it which till to use; `/_/do` (POST, JSON with "act") makes its client do something;
`/_/told` lists what came at `/notify` and `/back` and what its client thought of it. The first line printed is its address.
"""

import json
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


class Shop:
    """A shop with a client of some protocol. `notify` answers what the shop's server answers."""

    def __init__(self):
        self.told = []
        self.lock = threading.Lock()

    def configure(self, till, id, key):
        raise NotImplementedError

    def notify(self, method, query, form):
        raise NotImplementedError

    def back(self, query):
        raise NotImplementedError

    def note(self, **what):
        with self.lock:
            self.told.append(what)


def serve(shop):
    class Door(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def answer(self, body, kind="text/plain"):
            body = body.encode()
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def handle_any(self):
            where = urlsplit(self.path)
            query = dict(parse_qsl(where.query, keep_blank_values=True))
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            if where.path == "/notify":
                form = dict(parse_qsl(body, keep_blank_values=True))
                said = shop.notify(self.command, query, form)
                shop.note(door="notify", method=self.command, query=query, form=form, said=said)
                return self.answer(said)
            if where.path == "/back":
                said = shop.back(query)
                shop.note(door="back", query=query, said=said)
                return self.answer(said)
            if where.path == "/_/told":
                with shop.lock:
                    return self.answer(json.dumps(shop.told), "application/json")
            asked = json.loads(body)
            try:
                if where.path == "/_/configure":
                    done = shop.configure(**asked)
                else:
                    done = getattr(shop, "do_" + asked.pop("act"))(**asked)
                self.answer(json.dumps({"ok": done}), "application/json")
            except Exception as error:  # whatever the client throws is for the test to judge
                traceback.print_exc()
                self.answer(json.dumps({"error": f"{type(error).__name__}: {error}"}), "application/json")

        do_GET = do_POST = handle_any

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


def main(shop):
    try:
        serve(shop)
    except KeyboardInterrupt:
        sys.exit(0)
