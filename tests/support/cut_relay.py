"""A TCP relay before a server that cuts its connections when a test says so."""

import socket
import threading


class CutRelay:
    """Forwards host:port to `server`; see cut_at_request() and cut_after()."""

    def __init__(self, server):
        self._server = (server.host, server.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._listener.getsockname()
        self._left = None  # bytes that the server may still say; None: any number
        self._cut_requests = False
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_at_request(self):
        """Cuts every connection that a client sends anything on, before the server hears it."""
        self._cut_requests = True

    def cut_after(self, replied_bytes):
        """Cuts the connection that passes this number of bytes of replies from now on."""
        self._left = replied_bytes

    def heal(self):
        self._cut_requests, self._left = False, None

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._server)
            for source, sink, judge in ((client, server, self._request), (server, client, self._reply)):
                threading.Thread(target=self._pump, args=(source, sink, judge), daemon=True).start()

    def _request(self, data):
        return b"" if self._cut_requests else data

    def _reply(self, data):
        if self._left is None:
            return data
        kept, self._left = data[:self._left], max(0, self._left - len(data))
        return kept

    def _pump(self, source, sink, judge):
        try:
            while data := source.recv(65536):
                kept = judge(data)
                sink.sendall(kept)
                if len(kept) < len(data):
                    self.cuts += 1
                    break
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        source.close()
