"""Broker logging: into their own folder, limited in size."""

from itertools import takewhile
from pathlib import Path

_PATTERN = "[%d] %p %m (%c)%n"
_BYTES = 10 * 1024 * 1024
_FILES = 4

_LOG4J2 = f"""<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="ERROR">
  <Appenders>
    <RollingFile name="server" fileName="${{sys:kafka.logs.dir}}/server.log"
                 filePattern="${{sys:kafka.logs.dir}}/server.log.%i">
      <PatternLayout pattern="{_PATTERN}"/>
      <SizeBasedTriggeringPolicy size="{_BYTES}"/>
      <DefaultRolloverStrategy max="{_FILES}"/>
    </RollingFile>
  </Appenders>
  <Loggers>
    <Root level="INFO"><AppenderRef ref="server"/></Root>
  </Loggers>
</Configuration>
"""

_RELOAD4J = f"""log4j.rootLogger=INFO, server
log4j.appender.server=org.apache.log4j.RollingFileAppender
log4j.appender.server.File=${{kafka.logs.dir}}/server.log
log4j.appender.server.MaxFileSize={_BYTES}
log4j.appender.server.MaxBackupIndex={_FILES}
log4j.appender.server.layout=org.apache.log4j.PatternLayout
log4j.appender.server.layout.ConversionPattern={_PATTERN}
"""

_QUIET_LOG4J2 = """<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="ERROR">
  <Appenders>
    <Console name="err" target="SYSTEM_ERR"><PatternLayout pattern="%p %m (%c)%n"/></Console>
  </Appenders>
  <Loggers><Root level="WARN"><AppenderRef ref="err"/></Root></Loggers>
</Configuration>
"""

_QUIET_RELOAD4J = """log4j.rootLogger=WARN, err
log4j.appender.err=org.apache.log4j.ConsoleAppender
log4j.appender.err.Target=System.err
log4j.appender.err.layout=org.apache.log4j.PatternLayout
log4j.appender.err.layout.ConversionPattern=%p %m (%c)%n
"""


def logging_config(*, log4j2: bool, tool: bool = False) -> tuple[str, str]:
    """Return file name and content of the logging configuration of a broker or tool."""
    if log4j2:
        return ("tools-log4j2.xml", _QUIET_LOG4J2) if tool else ("log4j2.xml", _LOG4J2)
    return ("tools-log4j.properties", _QUIET_RELOAD4J) if tool else ("log4j.properties", _RELOAD4J)


def logging_flag(config: Path, *, log4j2: bool) -> str:
    """Return the system property with the logging configuration's path."""
    key = "log4j2.configurationFile" if log4j2 else "log4j.configuration"
    return f"-D{key}={config.as_uri()}"


def last_words(folder: Path) -> str:
    """Find the line of a broker's logs that best explains why it exited."""
    # Java's own output is of this start only; the server's log is appended to
    printed = [line for line in _lines(folder / "output.log") if not line.startswith("WARNING:")]
    served = _lines(folder / "server.log")
    rest = printed or served
    found = _cause(printed) or _cause(served) or (rest[-1] if rest else "it has no log")
    return " ".join(found.split())[:300]


def _cause(lines: list[str]) -> str | None:
    """Return the last error, or the exception at the end of its stack trace."""
    starts = [i for i, line in enumerate(lines) if " ERROR " in line or " FATAL " in line]
    if not starts:
        return next((line for line in lines if "Exception" in line or "Error" in line), None)
    trace = list(takewhile(lambda line: not line.startswith("["), lines[starts[-1] + 1 :]))
    causes = [line for line in trace if line.startswith("Caused by:")]
    return (causes[-1:] or trace[:1] or [lines[starts[-1]]])[0]


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return [line for line in text.splitlines() if line.strip()][-400:]
