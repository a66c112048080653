"""Tasks of the advisers: what was promised to somebody, and when"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0002"
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


def downgrade() -> None:
    op.drop_table("tasks")
