# Two images: `archive` for every role, and `worker`, which has a browser besides; docker-compose.yml says which is which.
FROM python:3.13-slim AS build
WORKDIR /build
COPY requirements requirements
RUN python -m venv /opt/tools && /opt/tools/bin/pip install --no-cache-dir --require-hashes -r requirements/dev.txt \
 && python -m venv /opt/svidok && /opt/svidok/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt
# The pages and the map; Node comes with the tools. Without them there is no image. The map's names are folded as the
# archive folds them.
COPY frontend frontend
COPY storage storage
RUN cd frontend && export PATH=/opt/tools/bin:$PATH && npm ci --no-audit --no-fund --no-progress && npm run build \
 && PYTHONPATH=/build python basemap/build.py --out basemap/build && test -s dist/index.html && test -s basemap/build/map.json
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY api api
COPY workers workers
RUN /opt/tools/bin/python -m hatchling build -t wheel && /opt/svidok/bin/pip install --no-cache-dir --no-deps dist/*.whl

FROM python:3.13-slim AS archive
RUN useradd --uid 10001 --no-create-home svidok \
 && install -d -o svidok -g svidok -m 0700 /vault /egress
COPY --from=build /opt/svidok /opt/svidok
ENV PATH=/opt/svidok/bin:$PATH PYTHONUNBUFFERED=1 MALLOC_ARENA_MAX=2 HOME=/tmp SVIDOK_VAULT=/vault
USER svidok
ENTRYPOINT ["svidok"]
CMD ["--help"]

# Pages are captured by Debian's Chromium and looked at again by its Firefox, which plays H.264 by libavcodec; the fonts are
# for the languages they are written in. Text in pictures is read by Debian's Tesseract.
FROM archive AS worker
USER root
RUN apt-get update && apt-get install -y --no-install-recommends chromium fonts-noto-core fonts-noto-color-emoji \
      firefox-esr libavcodec-extra tesseract-ocr tesseract-ocr-ukr tesseract-ocr-rus \
 && rm -rf /var/lib/apt/lists/*
USER svidok
