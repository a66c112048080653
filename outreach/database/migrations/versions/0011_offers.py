"""Offers to their end: withdrawn, with an appointment, declared; what advisers promised, and when; third ways"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_to", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_tasks_request_id")),
        sa.ForeignKeyConstraint(["assigned_to"], ["accounts.id"], name=op.f("fk_tasks_assigned_to")),
        sa.ForeignKeyConstraint(["created_by"], ["accounts.id"], name=op.f("fk_tasks_created_by")),
        sa.ForeignKeyConstraint(["done_by"], ["accounts.id"], name=op.f("fk_tasks_done_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
    )
    op.create_index(op.f("ix_tasks_request_id"), "tasks", ["request_id"])
    op.create_index("ix_tasks_open", "tasks", ["due_at"], postgresql_where=sa.text("done_at is null"))
    op.create_index(
        "uq_tasks_follow_up",
        "tasks",
        ["request_id", "kind"],
        unique=True,
        postgresql_where=sa.text("kind in ('follow_up_30', 'follow_up_90')"),
    )
    op.create_table(
        "volunteer_calls",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rpps", sa.String(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_volunteer_calls_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_calls")),
    )
    op.create_index(op.f("ix_volunteer_calls_rpps"), "volunteer_calls", ["rpps"])
    op.add_column("campaigns", sa.Column("informed_on", sa.Date(), nullable=True))
    op.add_column("campaigns", sa.Column("informed_stated_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_patients_regular_physician_rpps",
        "patients",
        ["regular_physician_rpps"],
        postgresql_where=sa.text("regular_physician_rpps is not null"),
    )
    op.add_column("offers", sa.Column("note", sa.String(), nullable=True))
    op.add_column("offers", sa.Column("appointment_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("offers", sa.Column("appointment_place", sa.String(), nullable=True))
    op.add_column("offers", sa.Column("declared_on", sa.Date(), nullable=True))
    op.create_index("ix_offers_open", "offers", ["expires_at"], postgresql_where=sa.text("status = 'proposed'"))
    op.create_check_constraint(
        op.f("ck_offers_declared_was_accepted"), "offers", "declared_on is null or status = 'accepted'"
    )


def downgrade() -> None:
    op.drop_index("ix_patients_regular_physician_rpps", "patients")
    op.drop_column("campaigns", "informed_stated_at")
    op.drop_column("campaigns", "informed_on")
    op.drop_table("volunteer_calls")
    op.drop_constraint(op.f("ck_offers_declared_was_accepted"), "offers")
    op.drop_index("ix_offers_open", "offers")
    for column in ("declared_on", "appointment_place", "appointment_at", "note"):
        op.drop_column("offers", column)
    op.drop_table("tasks")
