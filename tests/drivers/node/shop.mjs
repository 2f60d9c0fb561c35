// What a node application does with pg, pg-pool, pg-cursor and pg-query-stream. Each claim that
// fails ends the program. Usage: node shop.mjs CONNECTION_STRING MODULES_DIRECTORY

import assert from "node:assert/strict";
import { createRequire } from "node:module";

const [, , connectionString, modules] = process.argv;
const require = createRequire(`${modules}/`);
const pg = require("pg");
const Cursor = require("pg-cursor");
const QueryStream = require("pg-query-stream");

async function withClient(work) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

async function rejects(promise, code) {
  await assert.rejects(promise, (error) => {
    assert.equal(error.code, code, error.message);
    return true;
  });
}

const claims = {
  async "simple and parameterised queries"(client) {
    const all = await client.query("SELECT customer_id, name FROM customers ORDER BY customer_id");
    assert.equal(all.rowCount, 20);
    assert.deepEqual(all.rows[6], { customer_id: "7", name: "c7" });
    const one = await client.query("SELECT name FROM customers WHERE customer_id = $1", [8]);
    assert.deepEqual(one.rows, [{ name: "c8" }]);
    const two = await client.query("SELECT 1 AS a; SELECT 2 AS b");
    assert.deepEqual(two.map((result) => result.rows[0]), [{ a: 1 }, { b: 2 }]);
  },

  async "named statements are prepared once"(client) {
    for (let customer = 1; customer <= 20; customer++) {
      const found = await client.query({
        name: "by-key",
        text: "SELECT name FROM customers WHERE customer_id = $1",
        values: [customer],
      });
      assert.equal(found.rows[0].name, `c${customer}`);
    }
  },

  async "binary results and rows as arrays"(client) {
    const found = await client.query({
      text: "SELECT 7::int AS n, true AS yes FROM customers WHERE customer_id = 1",
      rowMode: "array",
      binary: true,
    });
    assert.deepEqual(found.rows, [[7, true]]);
  },

  async "queries that are queued without waiting"(client) {
    const asked = [];
    for (let customer = 1; customer <= 20; customer++) {
      asked.push(client.query("SELECT name FROM customers WHERE customer_id = $1", [customer]));
    }
    asked.push(client.query("SELECT 1 / 0").catch((error) => ({ rows: [{ name: error.code }] })));
    asked.push(client.query("SELECT 'after' AS name"));
    const names = (await Promise.all(asked)).map((result) => result.rows[0].name);
    assert.deepEqual(names.slice(0, 2), ["c1", "c2"]);
    assert.deepEqual(names.slice(-2), ["22012", "after"]);
  },

  async "transactions and their errors"(client) {
    await client.query("BEGIN");
    await client.query("UPDATE customers SET name = 'x' WHERE customer_id IN (1, 2)");
    await client.query("SAVEPOINT s");
    await rejects(client.query("SELECT nothing"), "42703");
    await rejects(client.query("SELECT 1"), "25P02");
    await client.query("ROLLBACK TO s");
    const seen = await client.query("SELECT count(*)::int AS n FROM customers WHERE name = 'x'");
    assert.equal(seen.rows[0].n, 2);
    await client.query("ROLLBACK");
    const left = await client.query("SELECT count(*)::int AS n FROM customers WHERE name = 'x'");
    assert.equal(left.rows[0].n, 0);
  },

  async "an error has its fields"(client) {
    await assert.rejects(client.query("INSERT INTO customers VALUES (1, 'again')"), (error) => {
      assert.equal(error.code, "23505");
      assert.equal(error.table, "customers");
      assert.equal(error.constraint, "customers_pkey");
      assert.match(error.detail, /\(customer_id\)=\(1\)/);
      return true;
    });
  },

  async "a cursor reads in parts and may be closed early"(client) {
    const cursor = client.query(
      new Cursor("SELECT customer_id FROM customers WHERE customer_id > $1 ORDER BY 1", [3]));
    assert.deepEqual((await cursor.read(2)).map((row) => row.customer_id), ["4", "5"]);
    assert.equal((await cursor.read(100)).length, 15);
    assert.equal((await cursor.read(100)).length, 0);
    const early = client.query(new Cursor("SELECT n FROM generate_series(1, 1000) AS n"));
    assert.equal((await early.read(10)).length, 10);
    await early.close();
    assert.equal((await client.query("SELECT 1 AS a")).rows[0].a, 1);
  },

  async "a stream gives every row, in order"(client) {
    let next = 1;
    const stream = client.query(
      new QueryStream("SELECT n FROM generate_series(1, 5000) AS n", [], { batchSize: 77 }));
    for await (const row of stream) {
      assert.equal(row.n, next++);
    }
    assert.equal(next, 5001);
    const rows = [];
    const sharded = client.query(
      new QueryStream("SELECT customer_id FROM customers ORDER BY 1", [], { batchSize: 3 }));
    for await (const row of sharded) {
      rows.push(Number(row.customer_id));
    }
    assert.deepEqual(rows, [...Array(20).keys()].map((n) => n + 1));
  },

  async "a stream that is destroyed leaves the connection usable"(client) {
    const stream = client.query(new QueryStream("SELECT n FROM generate_series(1, 100000) AS n"));
    let seen = 0;
    for await (const row of stream) {
      assert.equal(row.n, ++seen);
      if (seen === 100) {
        break;
      }
    }
    assert.equal((await client.query("SELECT 2 AS a")).rows[0].a, 2);
  },

  async "notices and notifications"(client) {
    const notices = [];
    client.on("notice", (notice) => notices.push(notice.message));
    await client.query("SELECT complain(5)");
    assert.deepEqual(notices, ["complaint 5"]);
    const heard = new Promise((resolve) => client.on("notification", resolve));
    await client.query("LISTEN node_news");
    await withClient((other) => other.query("NOTIFY node_news, 'hello'"));
    const message = await heard;
    assert.deepEqual([message.channel, message.payload], ["node_news", "hello"]);
  },

  async "values of many types"(client) {
    const values = [true, 5, "text", null, { a: [1, "x"] }, [1, 2], Buffer.from([0, 255])];
    const found = await client.query(
      "SELECT $1::bool AS a, $2::int AS b, $3::text AS c, $4::int AS d, $5::jsonb AS e, " +
        "$6::int[] AS f, $7::bytea AS g", values);
    assert.deepEqual(Object.values(found.rows[0]), values);
  },

  async "statement_timeout and query_timeout"() {
    const slow = new pg.Client({ connectionString, statement_timeout: 500 });
    await slow.connect();
    await rejects(slow.query("SELECT pg_sleep(10)"), "57014");
    assert.equal((await slow.query("SELECT 3 AS a")).rows[0].a, 3);
    await slow.end();
    const hasty = new pg.Client({ connectionString, query_timeout: 100 });
    await hasty.connect();
    await assert.rejects(hasty.query("SELECT pg_sleep(3)"), /timeout/);
    hasty.end();
  },

  async "a pool of many clients"() {
    const pool = new pg.Pool({ connectionString, max: 20 });
    const asked = [...Array(400).keys()].map((n) =>
      pool.query("SELECT name FROM customers WHERE customer_id = $1", [(n % 20) + 1]));
    (await Promise.all(asked)).forEach((result, n) =>
      assert.equal(result.rows[0].name, `c${(n % 20) + 1}`));
    const client = await pool.connect();
    await client.query("BEGIN");
    client.release(true);
    await pool.end();
  },
};

for (const [claim, work] of Object.entries(claims)) {
  try {
    await withClient(work);
  } catch (error) {
    console.error(`not so: ${claim}\n`, error);
    process.exit(1);
  }
}
console.log("all well");
process.exit(0);
