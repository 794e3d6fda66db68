# One image for every process of the system. By itself it runs the whole of it:
#   docker run -p 5000:5000 -p 127.0.0.1:8025:8025 -v ebay-alerts:/data ebay-alerts

FROM python:3.13-slim-trixie AS build
WORKDIR /app
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
# What the lock names, by its hashes; uv itself among them. This layer stays until the lock changes.
COPY pyproject.toml uv.lock README.md LICENSE ./
COPY tools tools
RUN python -m tools.bootstrap uv sync --locked --no-dev --extra scaled --no-install-project
COPY ebay_alerts ebay_alerts
COPY mock_ebay mock_ebay
COPY inbox inbox
RUN python -m tools.bootstrap uv sync --locked --no-dev --extra scaled --no-editable

FROM python:3.13-slim-trixie
# pg_dump and pg_restore, for backups of PostgreSQL.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --user-group --no-create-home alerts \
    && install --directory --owner alerts --group alerts /data /secrets
COPY --from=build /app/.venv /app/.venv
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MALLOC_ARENA_MAX=2 \
    EBAY_ALERTS_HOME=/data \
    EBAY_ALERTS_HOST=0.0.0.0
WORKDIR /data
USER alerts
VOLUME /data
EXPOSE 5000 5001 1025 8025
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-m", "ebay_alerts.processes.health"]
CMD ["ebay-alerts", "up"]
