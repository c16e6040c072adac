//! Persistence: SQLite or PostgreSQL.
