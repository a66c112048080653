"""What is published of the figures is kept, and who is behind a cell is found along an index"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0017"
branch_labels = None
depends_on = None

_OF_CALLS = {
    "half_hour": ("local_half_hour", None),
    "department": ("department", None),
    "number": ("number_of_call", None),
    "channel": ("channel", None),
    "accepted": ("person_id", "accepted"),
    "refused": ("person_id", "refused"),
}


def upgrade() -> None:
    op.create_table(
        "published_figures",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Uuid(), server_default=sa.func.gen_random_uuid(), nullable=False),
        sa.Column("sums", sa.Text(), nullable=False),
        sa.Column("hidden", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_published_figures")),
    )
    op.create_table(
        "figure_publishers",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at_wall", sa.DateTime(timezone=True), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("figures_version", sa.Uuid(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_figure_publishers_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_publishers")),
    )
    for name, (column, where) in _OF_CALLS.items():
        op.create_index(f"ix_call_facts_{name}", "call_facts", [column], postgresql_where=where and sa.text(where))
    op.create_index(
        "ix_conversation_facts_abandoned",
        "conversation_facts",
        ["person_id"],
        postgresql_where=sa.text("outcome = 'abandoned'"),
    )


def downgrade() -> None:
    op.drop_index("ix_conversation_facts_abandoned", "conversation_facts")
    for name in _OF_CALLS:
        op.drop_index(f"ix_call_facts_{name}", "call_facts")
    op.drop_table("figure_publishers")
    op.drop_table("published_figures")
