"""One connection as a driver sees it: sends a statement in one of the protocol's forms and keeps all
that came back, undecoded, so that two servers' answers can be compared."""

import select
import time
from dataclasses import dataclass, field

from psycopg import pq

MODES = ("simple", "text", "binary")
TEXT, BINARY = 0, 1


class Stuck(Exception):
    """The server did not answer within the deadline; its connection is of no more use."""


@dataclass
class Result:
    """One result of a statement: rows with their description, a command's tag, or an error."""

    kind: str
    tag: str = ""
    columns: list = field(default_factory=list)  # (name, type, type modifier, format)
    rows: list = field(default_factory=list)     # tuples of bytes or None
    error: dict = field(default_factory=dict)


@dataclass
class Outcome:
    """All that one statement brought, and the transaction status it left."""

    results: list
    status: str
    parameter_types: list = field(default_factory=list)
    notices: list = field(default_factory=list)

    @property
    def sqlstate(self):
        for result in self.results:
            if result.error:
                return result.error["sqlstate"]
        return None


ERROR_FIELDS = {
    "sqlstate": pq.DiagnosticField.SQLSTATE,
    "severity": pq.DiagnosticField.SEVERITY_NONLOCALIZED,
    "message": pq.DiagnosticField.MESSAGE_PRIMARY,
    "detail": pq.DiagnosticField.MESSAGE_DETAIL,
    "hint": pq.DiagnosticField.MESSAGE_HINT,
    "position": pq.DiagnosticField.STATEMENT_POSITION,
    "table": pq.DiagnosticField.TABLE_NAME,
    "column": pq.DiagnosticField.COLUMN_NAME,
    "constraint": pq.DiagnosticField.CONSTRAINT_NAME,
}


def error_of(result):
    fields = {}
    for name, code in ERROR_FIELDS.items():
        value = result.error_field(code)
        if value is not None:
            fields[name] = value.decode(errors="replace")
    # An error that libpq itself made has no fields.
    fields.setdefault("sqlstate", "-----")
    fields.setdefault("message", result.error_message.decode(errors="replace").strip())
    return fields


def result_of(raw):
    status = pq.ExecStatus(raw.status)
    tag = (raw.command_status or b"").decode()
    if status == pq.ExecStatus.FATAL_ERROR:
        return Result("error", error=error_of(raw))
    columns = [((raw.fname(i) or b"").decode(), raw.ftype(i), raw.fmod(i), raw.fformat(i))
               for i in range(raw.nfields)]
    rows = [tuple(raw.get_value(row, column) for column in range(raw.nfields))
            for row in range(raw.ntuples)]
    return Result(status.name.lower(), tag, columns, rows)


class Wire:
    """A raw connection with a deadline on each answer."""

    def __init__(self, conninfo, deadline_s=30.0):
        self._deadline_s = deadline_s
        self._notices = []
        self._conn = pq.PGconn.connect(f"{conninfo} connect_timeout=10".encode())
        if self._conn.status != pq.ConnStatus.OK:
            raise ConnectionError(self._conn.error_message.decode(errors="replace").strip())
        self._conn.notice_handler = self._keep_notice

    def close(self):
        self._conn.finish()

    @property
    def backend_pid(self):
        return self._conn.backend_pid

    def set_deadline(self, seconds):
        self._deadline_s = seconds

    def run(self, sql, mode="simple", params=(), copy_lines=()):
        """Runs one message's text. `params` are (type number, text bytes, binary bytes or None)."""
        if mode == "simple":
            self._conn.send_query(sql.encode())
            return self._outcome(copy_lines)
        if mode == "text":
            self._conn.send_query_params(
                sql.encode(), [text for _, text, _ in params],
                param_types=[oid for oid, _, _ in params], result_format=TEXT)
            return self._outcome(copy_lines)
        prepared = self.prepare("", sql, [oid for oid, _, _ in params])
        if prepared.sqlstate:
            return prepared
        executed = self.execute("", params, BINARY, copy_lines)
        executed.parameter_types = prepared.parameter_types
        return executed

    def prepare(self, name, sql, types):
        self._conn.send_prepare(name.encode(), sql.encode(), param_types=types)
        prepared = self._outcome()
        if prepared.sqlstate:
            return prepared
        self._conn.send_describe_prepared(name.encode())
        return self._outcome()

    def execute(self, name, params, result_format, copy_lines=()):
        binary = result_format == BINARY
        as_binary = [binary and sent is not None for _, _, sent in params]
        values = [sent if use else text
                  for (_, text, sent), use in zip(params, as_binary, strict=True)]
        self._conn.send_query_prepared(name.encode(), values,
                                       param_formats=[int(use) for use in as_binary],
                                       result_format=result_format)
        return self._outcome(copy_lines)

    def _keep_notice(self, raw):
        self._notices.append((raw.error_field(pq.DiagnosticField.SEVERITY_NONLOCALIZED),
                              raw.error_field(pq.DiagnosticField.SQLSTATE),
                              raw.error_field(pq.DiagnosticField.MESSAGE_PRIMARY)))

    def _outcome(self, copy_lines=()):
        results, types = [], []
        until = time.monotonic() + self._deadline_s
        while True:
            raw = self._next(until)
            if raw is None:
                break
            status = pq.ExecStatus(raw.status)
            if status == pq.ExecStatus.COPY_IN:
                self._send_copy(copy_lines, until)
                continue
            results.append(result_of(raw))
            if status == pq.ExecStatus.COPY_OUT:
                results[-1].rows = self._read_copy(until)
            types += [raw.param_type(i) for i in range(raw.nparams)]
        notices, self._notices = self._notices, []
        status = pq.TransactionStatus(self._conn.transaction_status).name
        return Outcome(results, status, types, notices)

    def _next(self, until):
        self._flush(until)
        while self._conn.is_busy():
            self._await(until, reading=True)
            self._conn.consume_input()
        return self._conn.get_result()

    def _flush(self, until):
        while self._conn.flush():
            self._await(until, reading=False)
            self._conn.consume_input()

    def _await(self, until, reading):
        left = until - time.monotonic()
        socket = self._conn.socket
        writers = [] if reading else [socket]
        if left <= 0 or not any(select.select([socket], writers, [], left)):
            raise Stuck(f"no answer within {self._deadline_s} s")

    def _send_copy(self, lines, until):
        for line in lines:
            self._conn.put_copy_data(line.encode() + b"\n")
        self._conn.put_copy_end()
        self._flush(until)

    def _read_copy(self, until):
        # get_copy_data waits for ever where the server does, so ask only for what is there.
        rows = []
        while True:
            size, line = self._conn.get_copy_data(1)
            if size > 0:
                rows.append((bytes(line),))
            elif size == 0:
                self._await(until, reading=True)
                self._conn.consume_input()
            else:
                return rows
