"""Calls that advisers ask for from a page"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0009"
branch_labels = None
depends_on = None

_OPEN = sa.text("state not in ('ended', 'refused')")


def upgrade() -> None:
    time = sa.DateTime(timezone=True)
    op.create_table(
        "adviser_calls",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("telephone", sa.String(), nullable=False),
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reasons", JSONB(), nullable=False),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("carrier_id", sa.String(), nullable=True),
        sa.Column("asked_at", time, nullable=False),
        sa.Column("claimed_at", time, nullable=True),
        sa.Column("answered_at", time, nullable=True),
        sa.Column("confirmed_at", time, nullable=True),
        sa.Column("ended_at", time, nullable=True),
        sa.Column("asked_wall", time, nullable=False),
        sa.Column("claimed_wall", time, nullable=True),
        sa.Column("heard_wall", time, nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_adviser_calls_request_id")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_adviser_calls_account_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_adviser_calls_patient_id")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_adviser_calls_attempt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adviser_calls")),
        sa.UniqueConstraint("attempt_id", name=op.f("uq_adviser_calls_attempt_id")),
        sa.UniqueConstraint("carrier_id", name=op.f("uq_adviser_calls_carrier_id")),
    )
    for name, column in (("request", "request_id"), ("account", "account_id")):
        op.create_index(f"uq_adviser_calls_{name}", "adviser_calls", [column], unique=True, postgresql_where=_OPEN)
    op.create_index("ix_adviser_calls_open", "adviser_calls", ["state"], postgresql_where=_OPEN)
    op.create_index("ix_adviser_calls_request", "adviser_calls", ["request_id", "asked_at"])
    op.create_index(op.f("ix_adviser_calls_patient_id"), "adviser_calls", ["patient_id"])


def downgrade() -> None:
    op.drop_table("adviser_calls")
