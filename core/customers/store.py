"""Reading customer records. Nothing here writes; every method may be called from any thread."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Engine, func
from sqlalchemy import select as sql_select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped
from sqlmodel import Session, SQLModel, col, select

from core.customers.matching import Directory, Person
from core.customers.models import Charge, Customer, Note, Order, OrderItem, Policy, Product, Ticket
from core.customers.views import (
    View,
    charge_view,
    customer_view,
    note_view,
    order_view,
    policy_view,
    product_view,
    ticket_view,
)
from core.errors import StorageError

Row = TypeVar("Row", bound=SQLModel)

ROWS = 10
"""Most rows of one kind any answer carries."""
CATALOGUE = 500
"""Most products or policies read to search among them."""


class CustomerStore:
    """Customers and what belongs to them, from one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._directory: Directory | None = None

    def directory(self) -> Directory:
        """Everybody's names and numbers, read once and kept until `refresh`."""
        if self._directory is None:
            self._directory = self._read_directory()
        return self._directory

    def refresh(self) -> None:
        """Forget the directory; the next question reads it again."""
        self._directory = None

    def fingerprint(self) -> tuple[object, ...]:
        """Differs when anything changed that the speech engines learn: who there is, and what they, the products, the
        plans and the policies are called. Takes 13 ms for 10,000 customers."""
        learnt: list[tuple[Mapped[Any], ...]] = [
            (col(Customer.customer_id), col(Customer.name), col(Customer.plan), col(Customer.last_contact_on)),
            (col(Product.product_id), col(Product.name)),
            (col(Policy.policy_type), col(Policy.title), col(Policy.summary)),
        ]
        with self._reading() as session:
            # Hashed here, because databases do not agree on how they would.
            return tuple(
                hash(tuple(map(tuple, session.connection().execute(sql_select(*fields).order_by(fields[0])))))
                for fields in learnt
            )

    def get(self, customer_id: str) -> Customer | None:
        return self._one(Customer, col(Customer.customer_id) == customer_id)

    def by_account(self, account_number: str) -> Customer | None:
        return self._one(Customer, col(Customer.account_number) == account_number)

    def by_order(self, order_id: str) -> Customer | None:
        owner = select(Order.customer_id).where(Order.order_id == order_id)
        return self._one(Customer, col(Customer.customer_id).in_(owner))

    def by_email(self, email: str) -> list[Customer]:
        return self._many(
            Customer, func.lower(col(Customer.email)) == email.lower(), order_by=col(Customer.customer_id)
        )

    def by_phone(self, phone: str) -> list[Customer]:
        """`phone` in E.164."""
        return self._many(Customer, col(Customer.phone) == phone, order_by=col(Customer.customer_id))

    def order(self, order_id: str) -> View | None:
        orders = self._orders(col(Order.order_id) == order_id)
        return orders[0] if orders else None

    def orders_of(self, customer_id: str) -> list[View]:
        """Newest first."""
        return self._orders(col(Order.customer_id) == customer_id)

    def charges_of(self, customer_id: str) -> list[View]:
        """Newest first."""
        newest = (col(Charge.charged_on).desc(), col(Charge.charge_id).desc())
        return [charge_view(row) for row in self._many(Charge, col(Charge.customer_id) == customer_id, order_by=newest)]

    def tickets_of(self, customer_id: str) -> list[View]:
        """Newest first."""
        newest = (col(Ticket.opened_on).desc(), col(Ticket.ticket_id))
        return [ticket_view(row) for row in self._many(Ticket, col(Ticket.customer_id) == customer_id, order_by=newest)]

    def notes_of(self, customer_id: str) -> list[View]:
        """Newest first."""
        newest = (col(Note.written_on).desc(), col(Note.note_id))
        return [note_view(row) for row in self._many(Note, col(Note.customer_id) == customer_id, order_by=newest)]

    def product(self, product_id: str) -> View | None:
        product = self._one(Product, col(Product.product_id) == product_id)
        return product_view(product) if product else None

    def products(self) -> list[View]:
        """The whole catalogue."""
        return [product_view(row) for row in self._many(Product, order_by=col(Product.product_id), limit=CATALOGUE)]

    def policies(self) -> list[View]:
        rows = self._many(Policy, order_by=col(Policy.policy_type), limit=CATALOGUE)
        return [policy_view(row) for row in rows]

    def policy(self, policy_type: str) -> View | None:
        policy = self._one(Policy, col(Policy.policy_type) == policy_type)
        return policy_view(policy) if policy else None

    def recent_names(self) -> list[str]:
        """The customers' names, whoever was in contact last first."""
        with self._reading() as session:
            latest = (col(Customer.last_contact_on).desc().nulls_last(), col(Customer.customer_id))
            return list(session.exec(select(Customer.name).order_by(*latest)))

    def policy_types(self) -> list[str]:
        with self._reading() as session:
            return list(session.exec(select(Policy.policy_type).order_by(Policy.policy_type)))

    def plans(self) -> list[str]:
        """The plans customers have, each once."""
        with self._reading() as session:
            return list(session.exec(select(Customer.plan).distinct().order_by(Customer.plan)))

    def profile(self, customer_id: str) -> View:
        """The record as the customer panel shows it, JSON-safe, lists newest first; empty for an unknown id."""
        customer = self.get(customer_id)
        if customer is None:
            return {}
        return customer_view(customer) | {
            "orders": self.orders_of(customer_id),
            "tickets": self.tickets_of(customer_id),
            "charges": self.charges_of(customer_id),
            "notes": self.notes_of(customer_id),
        }

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        try:
            with Session(self._engine) as session:
                yield session
        except SQLAlchemyError as error:
            raise StorageError(f"customer records cannot be read: {str(error).splitlines()[0]}") from error

    def _orders(self, condition: Any) -> list[View]:
        with self._reading() as session:
            newest = (col(Order.placed_on).desc(), col(Order.order_id))
            orders = session.exec(select(Order).where(condition).order_by(*newest).limit(ROWS)).all()
            bought = session.exec(
                select(OrderItem, Product)
                .join(Product, col(Product.product_id) == col(OrderItem.product_id))
                .where(col(OrderItem.order_id).in_([order.order_id for order in orders]))
                .order_by(col(OrderItem.item_id))
            ).all()
        items: defaultdict[str, list[tuple[OrderItem, Product]]] = defaultdict(list)
        for item, product in bought:
            items[item.order_id].append((item, product))
        return [order_view(order, items[order.order_id]) for order in orders]

    def _one(self, model: type[Row], condition: Any) -> Row | None:
        with self._reading() as session:
            return session.exec(select(model).where(condition).limit(1)).first()

    def _many(self, model: type[Row], condition: Any = True, *, order_by: Any, limit: int = ROWS) -> list[Row]:
        keys = order_by if isinstance(order_by, tuple) else (order_by,)
        with self._reading() as session:
            return list(session.exec(select(model).where(condition).order_by(*keys).limit(limit)))

    def _read_directory(self) -> Directory:
        with self._reading() as session:
            customers = session.exec(select(Customer).order_by(col(Customer.customer_id))).all()
            owned = session.exec(select(Order.customer_id, Order.order_id).order_by(Order.order_id)).all()
        orders: defaultdict[str, list[str]] = defaultdict(list)
        for customer_id, order_id in owned:
            orders[customer_id].append(order_id)
        return Directory(
            Person(
                customer_id=customer.customer_id,
                account_number=customer.account_number,
                name=customer.name,
                email=customer.email.lower(),
                phone=customer.phone,
                order_ids=tuple(orders[customer.customer_id]),
            )
            for customer in customers
        )
