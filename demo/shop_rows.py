"""The rows of the demo shop: the same ones on every machine, from one seed."""

import hashlib
import random
from datetime import datetime, timedelta, timezone
from decimal import Decimal

SEED = 20240229
CUSTOMERS = 12_000
ORDERS = 26_000
PRODUCTS = 400

FIRST_NAMES = (
    "Ada Alan Anita Barbara Carol Claude Donald Edgar Edsger Evelyn Frances Grace Hedy Ida Jean "
    "Joan John Karen Ken Kurt Lynn Margaret Mary Niklaus Noor Olga Radia Rosa Sofia Tony"
).split()
LAST_NAMES = (
    "Almeida Bauer Chen Costa Dubois Eriksen Fischer Garcia Haddad Ito Jansen Kaya Kowalska Lopez "
    "Maes Nowak Okafor Park Quist Rossi Sato Silva Svensson Tanaka Ueda Varga Weber Xu Yilmaz Zhou"
).split()
ADJECTIVES = "Brass Clay Copper Cotton Felt Glass Linen Oak Paper Pine Silk Slate Steel Wool".split()
THINGS = "Basket Bell Bowl Box Chair Clock Cup Desk Jar Kettle Lamp Mug Pen Rug Shelf Tray Vase".split()
COUNTRIES = [
    ("AT", "Austria"), ("BE", "Belgium"), ("BR", "Brazil"), ("CA", "Canada"), ("CN", "China"),
    ("DE", "Germany"), ("ES", "Spain"), ("FR", "France"), ("GB", "United Kingdom"), ("IN", "India"),
    ("IT", "Italy"), ("JP", "Japan"), ("KR", "South Korea"), ("LB", "Lebanon"), ("NG", "Nigeria"),
    ("NL", "Netherlands"), ("NO", "Norway"), ("PL", "Poland"), ("PT", "Portugal"), ("SE", "Sweden"),
    ("TR", "Turkey"), ("US", "United States"),
]
STATUSES = ["new", "paid", "packed", "shipped", "shipped", "delivered", "delivered", "delivered",
            "returned"]
SETTINGS = [("currency", "EUR"), ("free_shipping_from", "50.00"), ("shop_name", "Tessera Goods"),
            ("support_email", "help@shop.example"), ("vat_percent", "20")]
OPENING = datetime(2022, 1, 1, tzinfo=timezone.utc)

COLUMNS = {
    "countries": ("code", "name"),
    "products": ("product_id", "name", "price"),
    "customers": ("customer_id", "name", "email", "country", "created_at"),
    "orders": ("order_id", "customer_id", "status", "total", "created_at"),
    "order_items": ("customer_id", "order_id", "line", "product_id", "quantity", "price"),
    "settings": ("key", "value"),
}


class Dice:
    """Random numbers made of Random.random() alone: of all its methods, only that one is promised
    to give the same sequence in every version of Python."""

    def __init__(self, seed):
        self._random = random.Random(seed)

    def below(self, bound):
        return int(self._random.random() * bound)

    def pick(self, options):
        return options[self.below(len(options))]


def make_products(dice):
    return [
        (number, f"{dice.pick(ADJECTIVES)} {dice.pick(THINGS)} No. {number}",
         Decimal(199 + dice.below(24_800)) / 100)
        for number in range(1, PRODUCTS + 1)
    ]


def make_customers(dice):
    rows = []
    for number in range(1, CUSTOMERS + 1):
        first, last = dice.pick(FIRST_NAMES), dice.pick(LAST_NAMES)
        email = f"{first}.{last}.{number}@mail.example".lower()
        joined = OPENING + timedelta(seconds=dice.below(2 * 365 * 86_400))
        rows.append((number, f"{first} {last}", email, dice.pick(COUNTRIES)[0], joined))
    return rows


def make_orders(dice, customers, products):
    orders, items = [], []
    for number in range(1, ORDERS + 1):
        customer_id, _, _, _, joined = dice.pick(customers)
        total = Decimal(0)
        for line in range(1, 2 + dice.below(4)):
            product_id, _, price = dice.pick(products)
            quantity = 1 + dice.below(5)
            total += quantity * price
            items.append((customer_id, number, line, product_id, quantity, price))
        placed = joined + timedelta(seconds=dice.below(365 * 86_400))
        orders.append((number, customer_id, dice.pick(STATUSES), total, placed))
    return orders, items


def make_shop(seed=SEED):
    """All rows by table, in the order in which they are loaded."""
    dice = Dice(seed)
    products = make_products(dice)
    customers = make_customers(dice)
    orders, items = make_orders(dice, customers, products)
    return {"countries": COUNTRIES, "products": products, "customers": customers,
            "orders": orders, "order_items": items, "settings": SETTINGS}


def fingerprint(shop):
    """Sixteen hexadecimal digits that change when any row does."""
    digest = hashlib.sha256()
    for table, rows in shop.items():
        digest.update(table.encode())
        for row in rows:
            digest.update(repr([str(value) for value in row]).encode())
    return digest.hexdigest()[:16]
