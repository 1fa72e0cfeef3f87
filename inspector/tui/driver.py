from textual.drivers.linux_driver import LinuxDriver

_ENTER_ALTERNATE_SCREEN = "\x1b[?1049h"


class SeamlessDriver(LinuxDriver):
    """Textual's driver for a terminal whose alternate screen holds the preview: entering it again would blank it."""

    def write(self, data: str) -> None:
        super().write(data.replace(_ENTER_ALTERNATE_SCREEN, ""))
