# The web app and the schedules in a container: see docs/app.md.
FROM python:3.12-slim

WORKDIR /build
COPY locks/app.txt locks/app.txt
RUN pip install --no-cache-dir --require-hashes -r locks/app.txt
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN pip install --no-cache-dir --no-build-isolation --no-deps .

RUN useradd --create-home --uid 10001 connector && install -d -o connector -m 700 /data
USER connector
ENV HOME=/data
WORKDIR /data
VOLUME /data
EXPOSE 8321
STOPSIGNAL SIGINT

# Without TIKTOK_ADS_UI_PASSWORD it refuses to start.
CMD ["tiktok-ads", "serve", "--host", "0.0.0.0", "--no-browser"]
