#!/usr/bin/python3
"""A bare WebKitGTK window that keeps its storage on disk; WebKitWebDriver starts it and drives it.

The browser that comes with the driver keeps IndexedDB in memory only while it is automated, so nothing would survive
a restart there. WEBKIT_DATA names the folder for storage and cache.
"""
import os
import sys

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import Gtk, WebKit2  # noqa: E402  the versions have to be named first

NAME = "ShelfcountHost"
FOLDER = os.environ["WEBKIT_DATA"]
SIZE = (1180, 820)


def main():
    storage = WebKit2.WebsiteDataManager(
        base_data_directory=FOLDER, base_cache_directory=os.path.join(FOLDER, "cache")
    )
    context = WebKit2.WebContext.new_with_website_data_manager(storage)
    context.set_automation_allowed(True)
    settings = WebKit2.Settings()
    settings.set_enable_write_console_messages_to_stdout(True)

    window = Gtk.Window()
    window.set_default_size(*SIZE)
    window.connect("destroy", Gtk.main_quit)

    def create_view(_session):
        view = WebKit2.WebView(
            web_context=context, settings=settings, is_controlled_by_automation=True
        )
        view.connect(
            "web-process-terminated",
            lambda _view, reason: print("web process ended:", reason, file=sys.stderr),
        )
        for old in window.get_children():
            window.remove(old)
        window.add(view)
        window.show_all()
        view.grab_focus()
        return view

    def on_automation(_context, session):
        info = WebKit2.ApplicationInfo.new()
        info.set_name(NAME)
        info.set_version(
            WebKit2.get_major_version(), WebKit2.get_minor_version(), WebKit2.get_micro_version()
        )
        session.set_application_info(info)
        session.connect("create-web-view", create_view)

    context.connect("automation-started", on_automation)
    Gtk.main()


main()
