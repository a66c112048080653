"""What an attempt cost, and the rest that the carrier asks for"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_UNPRICED = sa.text(
    "price is null and carrier_id is not null and price_asked < 5 and (answered_at is not null or channel = 'sms')"
)
_GIVEN_UP = sa.text("kind = 'given_up' and status is null")


def upgrade() -> None:
    op.add_column("attempts", sa.Column("currency", sa.String(), nullable=True))
    op.add_column("attempts", sa.Column("price_asked", sa.SmallInteger(), server_default="0", nullable=False))
    op.create_index("ix_attempts_unpriced", "attempts", ["ended_at"], postgresql_where=_UNPRICED)
    op.create_index("ix_carrier_events_given_up", "carrier_events", ["id"], postgresql_where=_GIVEN_UP)
    op.create_table(
        "carrier_rest",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("until_wall", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carrier_rest")),
    )


def downgrade() -> None:
    op.drop_table("carrier_rest")
    op.drop_index("ix_carrier_events_given_up", table_name="carrier_events")
    op.drop_index("ix_attempts_unpriced", table_name="attempts")
    op.drop_column("attempts", "price_asked")
    op.drop_column("attempts", "currency")
