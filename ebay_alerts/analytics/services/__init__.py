"""Writing the analytics database: the ETL and its parts."""
