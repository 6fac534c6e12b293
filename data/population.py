"""Fifty customers who never were, the same fifty for the same seed and day."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from faker import Faker
from sqlmodel import SQLModel

from core.customers.models import Charge, Customer, Note, Product, Ticket
from data.people import customer_id, order_rows

CUSTOMERS = 50
TIERS = {"standard": 50, "silver": 25, "gold": 17, "platinum": 8}
CARRIERS = ("FedEx", "UPS", "DHL")
USAGE = (("Data Overage", "12.50"), ("International calls", "18.40"), ("Roaming day pass", "10.00"))
SUBJECTS = (
    "Wi-Fi drops in the evening",
    "Cannot sign in after password reset",
    "Question about an invoice",
    "Wrong item delivered",
    "Change of delivery address",
    "Voicemail not reachable",
)
REMARKS = (
    "Prefers to be called after 5 pm.",
    "Asked for paperless invoices.",
    "Travels often; explained roaming.",
    "Satisfied with the last repair.",
    "Wants a call back before any plan change.",
)


class Population:
    """Makes customers whose names, accounts and orders are not among those `taken`."""

    def __init__(self, *, seed: int, today: date, products: list[Product], plans: dict[str, str]) -> None:
        self._faker = Faker("en_US")
        self._faker.seed_instance(seed)
        self._random = random.Random(seed)
        self._today = today
        self._products = products
        self._plans = {name: Decimal(price) for name, price in plans.items()}

    def rows(self, namesakes: list[str], taken_names: set[str], taken_numbers: set[str]) -> Iterator[SQLModel]:
        """Everything about all of them, parents first for each."""
        free = [str(number) for number in range(20_000, 100_000) if str(number) not in taken_numbers]
        numbers = iter(self._random.sample(free, len(free)))
        # 555-0100 to 555-0199 are reserved for fiction; the demo people have the ones below 150.
        for line, name in enumerate(self._names(namesakes, taken_names), start=150):
            yield from self._person(name, f"{line:04d}", numbers)

    def _names(self, namesakes: list[str], taken: set[str]) -> list[str]:
        names = list(namesakes)
        # Demo people are told apart by name alone, so nobody generated comes near theirs.
        near = {part for name in taken for part in name.split()}
        while len(names) < CUSTOMERS:
            name = f"{self._faker.first_name()} {self._faker.last_name()}"
            if name not in names and not near & set(name.split()):
                names.append(name)
        self._random.shuffle(names)
        return names

    def _person(self, name: str, line: str, numbers: Iterator[str]) -> Iterator[SQLModel]:
        pick = self._random
        account = next(numbers)
        owner = customer_id(account)
        since = self._today - timedelta(days=pick.randint(150, 2_200))
        plan = pick.choice(list(self._plans))
        yield Customer(
            customer_id=owner,
            account_number=account,
            name=name,
            email=f"{name.lower().replace(' ', '.')}@{self._faker.safe_domain_name()}",
            phone=f"+1{pick.choice(('212', '303', '415', '512', '617', '702'))}555{line}",
            tier=pick.choices(list(TIERS), weights=list(TIERS.values()))[0],
            since=since,
            lifetime_value=self._plans[plan] * max(1, (self._today - since).days // 30),
            plan=plan,
            language=pick.choices(("English", "Spanish"), weights=(85, 15))[0],
            preferences={
                "contact": pick.choice(("email", "phone", "text message")),
                "invoice": pick.choice(("paperless", "by post")),
            },
            last_contact_on=self._days_ago(5, 200),
            last_contact_about=pick.choice(SUBJECTS).lower(),
        )
        for _ in range(pick.randint(1, 4)):
            bought = [
                (product, pick.choice((1, 1, 1, 2))) for product in pick.sample(self._products, pick.randint(1, 3))
            ]
            yield from order_rows(owner, self._order(next(numbers)), bought)
        yield from self._charges(owner, plan)
        for number in range(1, pick.choice((0, 0, 1, 1, 2)) + 1):
            yield self._ticket(owner, number)
        for number in range(1, pick.choice((0, 1, 1, 2)) + 1):
            written_on, text = self._days_ago(3, 400), pick.choice(REMARKS)
            yield Note(note_id=f"note-{owner}-{number}", customer_id=owner, written_on=written_on, text=text)

    def _order(self, order_id: str) -> dict[str, Any]:
        pick = self._random
        placed = self._days_ago(0, 120)
        age_days = (self._today - placed).days
        order: dict[str, Any] = {"order_id": order_id, "placed_on": placed, "status": "processing"}
        if age_days < 2:
            return order
        if pick.random() < 0.05:
            return order | {"status": "cancelled"}
        shipped = placed + timedelta(days=pick.randint(1, 2))
        order |= {
            "status": "shipped",
            "shipped_on": shipped,
            "carrier": pick.choice(CARRIERS),
            "tracking": self._faker.bothify("??########").upper(),
        }
        arrival = shipped + timedelta(days=pick.randint(2, 6))
        if arrival >= self._today:
            return order | {"eta": arrival}
        status = "returned" if pick.random() < 0.08 else "delivered"
        return order | {"status": status, "delivered_on": arrival}

    def _charges(self, owner: str, plan: str) -> Iterator[Charge]:
        pick = self._random
        written: list[tuple[date, str, Decimal]] = []
        first = self._today.replace(day=1)
        for _ in range(3):
            written.append((first, f"{plan} renewal", self._plans[plan]))
            usage_day = first.replace(day=15)
            if usage_day <= self._today and pick.random() < 0.4:
                used, price = pick.choice(USAGE)
                written.append((usage_day, used, Decimal(price)))
            first = (first - timedelta(days=1)).replace(day=1)
        for number, (charged_on, description, amount) in enumerate(sorted(written), start=1):
            yield Charge(
                charge_id=f"chg-{owner}-{number}",
                customer_id=owner,
                charged_on=charged_on,
                description=description,
                amount=amount,
            )

    def _ticket(self, owner: str, number: int) -> Ticket:
        pick = self._random
        opened = self._days_ago(1, 180)
        closed = min(self._today, opened + timedelta(days=pick.randint(1, 14))) if pick.random() < 0.6 else None
        return Ticket(
            ticket_id=f"tkt-{owner}-{number}",
            customer_id=owner,
            subject=pick.choice(SUBJECTS),
            status="closed" if closed else pick.choice(("open", "waiting")),
            opened_on=opened,
            closed_on=closed,
        )

    def _days_ago(self, least: int, most: int) -> date:
        return self._today - timedelta(days=self._random.randint(least, most))
