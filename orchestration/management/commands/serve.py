import logging
import threading

from celery.beat import Service
from django.conf import settings
from django.core.management.base import BaseCommand

from orchestration.celery import app


class Command(BaseCommand):
    help = "Serves pages and API; without REDIS_URL the Celery worker and beat run in this process too."

    def add_arguments(self, parser):
        parser.add_argument("--bind", default="127.0.0.1:8000", metavar="HOST:PORT")

    def handle(self, *, bind, **options):
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        run_web(bind)


def start_embedded_worker() -> None:
    """A worker and its beat in daemon threads over the in-memory broker; what is lost at exit, followers catch up."""
    worker = app.WorkController(pool="solo", loglevel=logging.ERROR, without_mingle=True, without_gossip=True)
    threading.Thread(target=worker.start, name="celery-worker", daemon=True).start()
    beat = Service(app=app, schedule_filename=str(settings.VAR_DIR / "beat-schedule"))
    threading.Thread(target=beat.start, name="celery-beat", daemon=True).start()


def run_web(bind: str) -> None:
    """gunicorn with threads in one process, so that the embedded worker's queue is shared; ends on Ctrl-C."""
    from gunicorn.app.base import BaseApplication  # late: it patches signals when used

    class Web(BaseApplication):
        def load_config(self):
            self.cfg.set("bind", bind)
            self.cfg.set("threads", 8)
            self.cfg.set("workers", 1)
            self.cfg.set("accesslog", None)
            self.cfg.set("loglevel", "warning")
            if not settings.REDIS_URL:  # after the fork: threads do not survive one
                self.cfg.set("post_worker_init", lambda worker: start_embedded_worker())

        def load(self):
            from orchestration.wsgi import application

            return application

    Web().run()
