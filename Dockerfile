FROM node:20-slim AS frontend
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
COPY --from=frontend /app/node_modules ./node_modules
RUN useradd --system ensemble && mkdir -p var && PRODUCTION=false SECRET_KEY=build python manage.py collectstatic --noinput -v0 \
    && chown -R ensemble var
USER ensemble
CMD ["gunicorn", "orchestration.wsgi", "--bind", "0.0.0.0:8000"]
