#!/usr/bin/python3
"""Many clients over few server connections: each sees its own settings and nobody else's."""

import asyncio
import random
import sys
import unittest
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from servers import await_condition
from stand import Stand

CLIENTS, STEPS, SERVER_CONNECTIONS = 16, 120, 2
VALUES = {
    "search_path": ["first", "second", "third", "second, public"],
    "role": ["none", "reader_0", "reader_1"],
    "TimeZone": ["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo"],
    "DateStyle": ["ISO, MDY", "German, DMY", "SQL, DMY", "Postgres, MDY"],
    "application_name": ["app", "batch", "report"],
    "statement_timeout": ["0", "5min", "17s"],
    "tessera_test.tag": ["red", "green", "blue"],
}
DEFAULTS = {"search_path": '"$user", public', "role": "none", "TimeZone": "UTC",
            "DateStyle": "ISO, MDY", "application_name": "", "statement_timeout": "0",
            "tessera_test.tag": ""}
SEEN = ("SELECT " + ", ".join(f"coalesce(current_setting('{name}', true), '')" for name in VALUES)
        + ", current_user::text, (SELECT name FROM whereabouts),"
          " timestamptz '2024-07-01 12:00+00' || ''")
TIMES = {
    ("UTC", "ISO"): "2024-07-01 12:00:00+00", ("Europe/Berlin", "ISO"): "2024-07-01 14:00:00+02",
    ("America/New_York", "ISO"): "2024-07-01 08:00:00-04",
    ("Asia/Tokyo", "ISO"): "2024-07-01 21:00:00+09",
    ("UTC", "German"): "01.07.2024 12:00:00 UTC",
    ("Europe/Berlin", "German"): "01.07.2024 14:00:00 CEST",
    ("America/New_York", "German"): "01.07.2024 08:00:00 EDT",
    ("Asia/Tokyo", "German"): "01.07.2024 21:00:00 JST",
    ("UTC", "SQL"): "01/07/2024 12:00:00 UTC",
    ("Europe/Berlin", "SQL"): "01/07/2024 14:00:00 CEST",
    ("America/New_York", "SQL"): "01/07/2024 08:00:00 EDT",
    ("Asia/Tokyo", "SQL"): "01/07/2024 21:00:00 JST",
    ("UTC", "Postgres"): "Mon Jul 01 12:00:00 2024 UTC",
    ("Europe/Berlin", "Postgres"): "Mon Jul 01 14:00:00 2024 CEST",
    ("America/New_York", "Postgres"): "Mon Jul 01 08:00:00 2024 EDT",
    ("Asia/Tokyo", "Postgres"): "Mon Jul 01 21:00:00 2024 JST",
}
SCHEMA = "\n".join(
    [f"CREATE ROLE reader_{n}; GRANT reader_{n} TO shop;" for n in range(2)]
    + ["GRANT CREATE ON DATABASE shop TO shop;", "SET ROLE shop;"]
    + [f"CREATE SCHEMA {name}; GRANT USAGE ON SCHEMA {name} TO PUBLIC;"
       for name in ("first", "second", "third")]
    + [f"CREATE TABLE {name}.whereabouts (name text); GRANT ALL ON {name}.whereabouts TO PUBLIC;"
       f"INSERT INTO {name}.whereabouts VALUES ('{name}');"
       for name in ("first", "second", "third", "public")]
    + ["""CREATE FUNCTION public.tag_within(value text) RETURNS text LANGUAGE plpgsql
          SET work_mem = '7MB' AS $$ BEGIN RETURN current_setting('work_mem') || value; END $$;
          CREATE FUNCTION public.set_tag(value text) RETURNS void LANGUAGE plpgsql AS $$
          BEGIN PERFORM set_config('tessera_test.tag', value, false); END $$;"""])


def quoted(name, value):
    """SET's right side."""
    if name in ("search_path", "DateStyle"):
        return value
    return f"'{value}'"


class Expected:
    """The settings of one session, as PostgreSQL keeps them."""

    def __init__(self, startup):
        self.startup = {**DEFAULTS, **startup}
        self.session, self.local = dict(self.startup), {}
        self.before = []  # what ROLLBACK [TO] goes back to: the block's, then each savepoint's

    def __getitem__(self, name):
        return self.local.get(name, self.session[name])

    def set(self, name, value):
        self.session[name] = value
        self.local.pop(name, None)

    def save(self):
        self.before.append((dict(self.session), dict(self.local)))

    def go_back(self, to):
        self.session, self.local = map(dict, self.before[to])
        del self.before[to + 1:]

    def row(self):
        settings = tuple(self[name] for name in VALUES)
        user = "shop" if self["role"] == "none" else self["role"]
        table = self["search_path"].split(",")[0].replace('"$user"', "public")
        time = TIMES[self["TimeZone"], self["DateStyle"].split(",")[0]]
        return (*settings, user, table, time)


class Walker:
    """One client, and what it expects."""

    def __init__(self, connection, startup, seed):
        self.connection, self.random = connection, random.Random(seed)
        self.expected = Expected(startup)
        self.done = []

    async def run(self, sql, *parameters):
        self.done.append(sql)
        return await self.connection.execute(sql, parameters or None)

    async def fail(self):
        """A statement that fails, sent one way or another."""
        self.done.append("SELECT 1/0")
        try:
            if self.random.random() < 0.5:
                await self.connection.execute("SELECT 1/0")
            else:
                await self.connection.execute("SELECT 1/%s::int", [0])
        except psycopg.errors.DivisionByZero:
            return
        raise AssertionError("1/0 has a value")

    async def look(self):
        prepared = self.random.random() < 0.5
        cursor = await self.connection.execute(SEEN, prepare=prepared)
        seen = await cursor.fetchone()
        if seen != self.expected.row():
            raise AssertionError("\n  ".join(
                [f"pid {self.connection.info.backend_pid} expected {self.expected.row()}",
                 f"but sees {seen}", *self.done[-25:]]))

    def pick(self):
        name = self.random.choice(list(VALUES))
        return name, self.random.choice(VALUES[name])

    async def change(self, local=False):
        name, value = self.pick()
        await self.run(f"SET {'LOCAL ' if local else ''}{name} = {quoted(name, value)}")
        if local:
            self.expected.local[name] = value
        else:
            self.expected.set(name, value)

    async def reset(self):
        name = self.pick()[0]
        await self.run(f"RESET {name}")
        self.expected.set(name, self.expected.startup[name])

    async def reset_all(self):
        await self.run("RESET ALL")
        role = self.expected.session["role"]  # RESET ALL leaves it
        self.expected.session, self.expected.local = dict(self.expected.startup), {}
        self.expected.session["role"] = role

    async def set_by_function(self, local):
        name, value = self.pick()
        await self.run("SELECT set_config(%s, %s, %s)", name, value, local)
        if not local:
            self.expected.set(name, value)
        elif self.expected.before:
            self.expected.local[name] = value

    async def set_within_function(self):
        value = self.random.choice(VALUES["tessera_test.tag"])
        if self.random.random() < 0.5:
            cursor = await self.run("SELECT public.tag_within(%s)", value)
            assert await cursor.fetchone() == (f"7MB{value}",)
        else:
            await self.run("SELECT public.set_tag(%s)", value)
            self.expected.set("tessera_test.tag", value)

    async def several_in_one_message(self, fails):
        """Without parameters: the simple protocol, one implicit transaction."""
        name, value = self.pick()
        sql = f"SET {name} = {quoted(name, value)}; SELECT 1/{0 if fails else 1}"
        self.done.append(sql)
        try:
            await psycopg.AsyncClientCursor(self.connection).execute(sql)
        except psycopg.errors.DivisionByZero:
            assert fails
            return
        assert not fails
        self.expected.set(name, value)

    async def step_outside(self):
        roll = self.random.random()
        if roll < 0.30:
            await self.change()
        elif roll < 0.38:
            await self.reset()
        elif roll < 0.41:
            await self.reset_all()
        elif roll < 0.46:
            await self.fail()
        elif roll < 0.56:
            await self.several_in_one_message(self.random.random() < 0.5)
        elif roll < 0.56 + self.volatile:
            await self.step_volatile()
        else:
            await self.block()

    volatile = 0.0

    async def step_volatile(self):
        if self.random.random() < 0.5:
            await self.set_by_function(self.random.random() < 0.3)
        else:
            await self.set_within_function()

    async def step_inside(self):
        roll = self.random.random()
        if roll < 0.35:
            await self.change()
        elif roll < 0.7:
            await self.change(local=True)
        elif roll < 0.78:
            await self.reset()
        elif roll < 0.9:
            await self.run(f"SAVEPOINT s{len(self.expected.before)}")
            self.expected.save()
        elif len(self.expected.before) > 1:
            to = self.random.randrange(1, len(self.expected.before))
            if self.random.random() < 0.5:
                await self.fail()
            await self.run(f"ROLLBACK TO s{to}")
            self.expected.go_back(to)
        elif self.volatile:
            await self.set_by_function(self.random.random() < 0.5)

    async def block(self):
        await self.run("BEGIN")
        self.expected.save()
        for _ in range(self.random.randrange(1, 6)):
            await self.step_inside()
            await self.look()
        roll = self.random.random()
        if roll < 0.3:
            await self.fail()
        await self.run("COMMIT" if roll > 0.6 or roll < 0.15 else "ROLLBACK")
        if roll > 0.6:
            self.expected.local = {}
        else:
            self.expected.go_back(0)
        self.expected.before = []

    async def walk(self, steps):
        for _ in range(steps):
            await self.look()
            await self.step_outside()
            await asyncio.sleep(0)
        await self.look()


class MixedClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = Stand()
        cls.addClassCleanup(cls.stand.close)
        for shard in cls.stand.shards:
            shard.psql(SCHEMA, "shop")
        files = cls.stand.files()
        database = files["database-shop.yaml"].replace("maxPoolSize: 5",
                                                       f"maxPoolSize: {SERVER_CONNECTIONS}")
        cls.proxy = cls.stand.proxy(**{"database-shop_yaml": database,
                                       "tessera_yaml": "threads: 2\n"})

    async def one(self, number, seed, volatile):
        startup = {}
        if number % 2:
            startup["application_name"] = f"client {number}"
        if number % 3 == 0:
            startup["TimeZone"] = "Asia/Tokyo"
        options = " ".join(f"-c {name}={value}" for name, value in startup.items()
                           if name != "application_name")
        connection = await psycopg.AsyncConnection.connect(
            host=self.proxy.host, port=self.proxy.port, user="shop", password="shop",
            dbname="shop", autocommit=True, options=options,
            application_name=startup.get("application_name", ""))
        try:
            walker = Walker(connection, startup, seed)
            walker.volatile = volatile
            await walker.walk(STEPS)
        finally:
            await connection.close()

    async def all(self, volatile):
        seed = random.randrange(10**9)
        print(f"seed {seed}", file=sys.stderr)
        await asyncio.gather(*(self.one(n, seed + n, volatile) for n in range(CLIENTS)))

    def test_settings_of_transactions_and_sessions(self):
        asyncio.run(self.all(volatile=0.0))
        # The proxy's own readings of the catalog come and go.
        await_condition("no more than the pools' connections are there", lambda:
                        self.stand.server_connections()[1] <= 2 * SERVER_CONNECTIONS)


if __name__ == "__main__":
    unittest.main()
