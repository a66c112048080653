"""When people answer: tallies, what was learned, and the index by which calls of the last days are found"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answer_tallies",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("half_hour", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("age_band", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("rang", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "half_hour", "kind", "age_band", "tries", name=op.f("pk_answer_tallies")),
    )
    op.create_table(
        "learnings",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("learned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recount_from", sa.Date(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learnings")),
    )
    op.create_index("ix_attempts_rang_at", "attempts", ["rang_at"], postgresql_where=sa.text("rang"))


def downgrade() -> None:
    op.drop_index("ix_attempts_rang_at", table_name="attempts")
    op.drop_table("learnings")
    op.drop_table("answer_tallies")
