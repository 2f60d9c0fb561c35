-- The demo shop. customers, orders and order_items are sharded by customer_id and bound to each
-- other; products and countries are on every shard; settings is on one.

CREATE TABLE IF NOT EXISTS customers (
  customer_id bigint PRIMARY KEY,
  name        text NOT NULL,
  email       text NOT NULL,
  country     text NOT NULL,
  created_at  timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS orders (
  order_id    bigint NOT NULL,
  customer_id bigint NOT NULL,
  status      text NOT NULL,
  total       numeric(12,2) NOT NULL,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (customer_id, order_id)
);

CREATE TABLE IF NOT EXISTS order_items (
  customer_id bigint NOT NULL,
  order_id    bigint NOT NULL,
  line        int NOT NULL,
  product_id  bigint NOT NULL,
  quantity    int NOT NULL,
  price       numeric(10,2) NOT NULL,
  PRIMARY KEY (customer_id, order_id, line)
);

CREATE INDEX IF NOT EXISTS order_items_product ON order_items (product_id);

CREATE TABLE IF NOT EXISTS products (
  product_id bigint PRIMARY KEY,
  name       text NOT NULL,
  price      numeric(10,2) NOT NULL
);

CREATE TABLE IF NOT EXISTS countries (
  code text PRIMARY KEY,
  name text NOT NULL
);

CREATE TABLE IF NOT EXISTS settings (
  key   text PRIMARY KEY,
  value text
);
