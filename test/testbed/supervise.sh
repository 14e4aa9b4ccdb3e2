#!/bin/sh
# A supervisor for one service, as small as one can be: it keeps a pid, and its service survives the session.
# Files in HOST_DIR let a test make it misbehave: `restart.sh` is run before a restart and may fail or hang.
app=$(pwd)
runs() { [ -e "$HOST_DIR/pid" ] && read -r pid <"$HOST_DIR/pid" && kill -0 "$pid" 2>/dev/null && ! is_zombie; }
# A first process of the machine that collects its children late, or never, must not hold a restart up.
is_zombie() { [ -e "/proc/$pid/stat" ] && read -r _ _ state _ <"/proc/$pid/stat" && [ "$state" = Z ]; }
end() {
  runs || return 0
  kill "$pid"
  while runs; do sleep 0.02; done
}
case "$1" in restart | start | stop) echo "$1" >>"$HOST_DIR/calls" ;; esac
case "$1" in
restart | start)
  if [ -e "$HOST_DIR/restart.sh" ]; then . "$HOST_DIR/restart.sh"; fi
  end
  set -a
  . "$app/.devops-release" # what systemd would read as its EnvironmentFile
  set +a
  if [ -e service.pl ]; then set -- perl service.pl; else set -- "$NODE" service.mjs; fi
  nohup "$@" >>"$HOST_DIR/service.log" 2>&1 </dev/null &
  echo $! >"$HOST_DIR/pid"
  ;;
stop) end ;;
status) runs ;;
version) curl -fs "http://127.0.0.1:$PORT/" ;;
log) tail -n "$DEVOPS_LINES" "$HOST_DIR/service.log" ;;
esac
