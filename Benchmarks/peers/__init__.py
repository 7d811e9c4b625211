"""The same data and questions on spand, ClickHouse and DuckDB: see Benchmarks/README.md."""
