/**
 * What runs on a host, in POSIX sh with GNU or BusyBox tools. Constant text: every value is a variable that the
 * session sets before. `say` and `end` are the session's. Pure.
 *
 * A host's folder: `releases/<id>` with the mark `.devops-release` once it is complete, `shared/`, the link `current`,
 * and `.devops/` with the fence (highest number seen), the owner, and `serving`: the release that was started after
 * the last switch. `current` without `serving` is a switch that was interrupted.
 */

const common = `
case "$root" in /*) ;; *) root=$PWD/$root ;; esac
state=$root/.devops
timeout=$(command -v timeout) || { echo 'there is no program "timeout"'; end failed; }

# Builtins where they do: every program that is started costs a host more than all the rest.
first_line() { line=; [ ! -e "$1" ] || IFS= read -r line <"$1" || :; printf %s "$line"; }
linked() { link=$(readlink "$root/current" 2>/dev/null) && printf %s "\${link##*/}"; }
serving() { first_line "$state/serving"; }
is_complete() {
  [ -e "$root/releases/$id/.devops-release" ] || return 1
  while IFS= read -r line; do
    [ "$line" = "DEVOPS_ARTIFACT_DIGEST=$digest" ] && return 0
  done <"$root/releases/$id/.devops-release"
  return 1
}

# run_in FOLDER COMMAND SECONDS: what is configured, with its variables and in a shell of its own. The lock is not
# passed on: a service that is started here would hold it for good. Positional parameters, because no variable of
# the configuration can be in their place.
run_in() (
  cd "$1" || exit 126
  DEVOPS_SHARED_DIR=$root/shared
  export DEVOPS_SHARED_DIR
  set -- "$timeout" "$@"
  eval "$exports"
  exec "$1" -k 5 "$4" /bin/sh -c "$3" </dev/null 9>&-
)
here() { if [ -d "$root/current" ]; then printf %s "$root/current"; else printf %s "$root"; fi; }
is_up() { run_in "$(here)" "$status_command" "$question_seconds" >/dev/null 2>&1; }
ask_version() { run_in "$(here)" "$version_command" "$question_seconds" 2>/dev/null | head -n 1 | head -c 200; }
`;

/** Before every effect: one at a time, on a folder that is this environment's, and none that was overtaken. */
const admit = String.raw`
for folder in "$state" "$root/releases" "$root/shared"; do
  if [ ! -d "$folder" ]; then mkdir -p "$folder" || end failed; fi
done
exec 9>>"$state/lock" || end failed
if ! command -v flock >/dev/null; then echo 'there is no program "flock"'; end failed; fi
flock -w "$lock_seconds" 9 || end busy
owner=$(first_line "$state/owner")
if [ -z "$owner" ]; then
  printf '%s\n' "$environment" >"$state/owner.next" && mv -f "$state/owner.next" "$state/owner" || end failed
elif [ "$owner" != "$environment" ]; then
  say owner "$owner"
  end foreign
fi
seen=0
if [ -e "$state/fence" ]; then seen=$(first_line "$state/fence"); fi
case "$seen" in '' | *[!0-9]*) say seen "$seen"; end unfenced ;; esac
if [ "$fence" -lt "$seen" ]; then say seen "$seen"; end fenced; fi
if [ "$fence" -gt "$seen" ]; then
  printf '%s\n' "$fence" >"$state/fence.next" && { sync "$state/fence.next" 2>/dev/null || sync; } && mv -f "$state/fence.next" "$state/fence" || end failed
fi
`;

/** Whether the release is there already, complete and of this artifact. */
export const lookScript = `${common}${admit}
if is_complete; then end placed; fi
end missing
`;

/** Takes the artifact from standard input. A folder without its mark is never used and replaced by the next try. */
export const placeScript = `${common}${admit}${String.raw`
if is_complete; then end done; fi
incoming=$state/incoming.tar draft=$root/releases/.$id.draft folder=$root/releases/$id
trap 'rm -rf "$incoming" "$draft"' EXIT
rm -rf "$incoming" "$draft"
cat >"$incoming" || end full
found=sha256:$(sha256sum "$incoming" | cut -d ' ' -f 1)
if [ "$found" != "$digest" ]; then say found "$found"; end digest; fi
mkdir "$draft" && tar -x -f "$incoming" -C "$draft" --no-same-owner || end full
rm -rf "$incoming" "$draft/.devops-release" || end failed
printf '%s\n' "$shared_paths" | while IFS= read -r shared; do
  case "$shared" in '') continue ;; */) mkdir -p "$root/shared/$shared" || exit 1 ;; esac
  if [ ! -e "$root/shared/$shared" ]; then echo "there is no $root/shared/$shared"; exit 1; fi
  inside=$(dirname "$shared")/$(basename "$shared")
  mkdir -p "$(dirname "$draft/$inside")" && rm -rf "$draft/$inside" || exit 1
  ln -s "$root/shared/$inside" "$draft/$inside" || exit 1
done || end shared
if [ "$(linked)" = "$id" ]; then rm -f "$state/serving"; fi
rm -rf "$folder" && mv "$draft" "$folder" || end failed
if [ -n "$prepare_command" ]; then
  run_in "$folder" "$prepare_command" "$command_seconds" || { say exit "$?"; end prepare; }
fi
printf '%s\n' "$release_mark" >"$state/mark.next" || end full
sync "$state/mark.next" 2>/dev/null
sync -f "$folder" 2>/dev/null
mv -f "$state/mark.next" "$folder/.devops-release" || end failed
end done
`}`;

/** The switch itself is one rename; a release counts as served when its service was started after it. */
export const switchScript = `${common}${admit}${String.raw`
serves_it() {
  is_up || { why='its status command says that it is not up'; return 1; }
  [ -n "$version_command" ] || return 0
  told=$(ask_version)
  [ "$told" = "$version" ] && return 0
  case "$told" in ???????*) case "$commit" in "$told"*) return 0 ;; esac ;; esac
  why="its version command says \"$told\""
  return 1
}
# A runner that died may have left the host without traffic: whoever finds the release served gives it back.
gets_traffic() {
  [ -n "$undrain_command" ] || return 0
  run_in "$root/current" "$undrain_command" "$command_seconds" || { say exit "$?"; end undrain; }
}
is_complete || end missing
if [ "$(linked)" = "$id" ] && [ "$(serving)" = "$id" ] && serves_it; then
  gets_traffic
  say already yes
  end done
fi
if [ -n "$drain_command" ] && [ -L "$root/current" ]; then
  run_in "$(here)" "$drain_command" "$command_seconds" || { say exit "$?"; end drain; }
fi
command=$restart_command
if [ -n "$start_command" ] && [ -z "$(serving)" ] && [ ! -L "$root/current" ]; then command=$start_command; fi
rm -f "$state/serving" "$state/current.next" || end failed
ln -s "releases/$id" "$state/current.next" && mv -T -f "$state/current.next" "$root/current" || end failed
sync "$root" 2>/dev/null
run_in "$root/current" "$command" "$command_seconds" || { say exit "$?"; end restart; }
began=$(date +%s)
until serves_it; do
  if [ "$(($(date +%s) - began))" -ge "$ready_seconds" ]; then say why "$why"; end unready; fi
  sleep "$pause_seconds"
done
printf '%s\n' "$id" >"$state/serving.next" && mv -f "$state/serving.next" "$state/serving" || end failed
gets_traffic
end done
`}`;

/** Takes the host out of service. What says that it still is up was not ended. */
export const stopScript = `${common}${admit}
if [ ! -L "$root/current" ]; then say already yes; end done; fi
rm -f "$state/serving" || end failed
run_in "$(here)" "$stop_command" "$command_seconds" || { say exit "$?"; end stop; }
if is_up; then end up; fi
rm -f "$root/current" || end failed
end done
`;

/** What is live here; changes nothing and waits for nobody. */
export const stateScript = `${common}
id=$(linked) || end nothing
say linked "$id"
say serving "$(serving)"
say mark "$(sed -n 's/^DEVOPS_VERSION=//p' "$root/current/.devops-release" 2>/dev/null)"
if is_up; then say up yes; fi
if [ -n "$version_command" ]; then say version "$(ask_version)"; fi
end done
`;

/** Whether the release could be brought back from here without its artifact. */
export const keptScript = `${common}
if is_complete; then end placed; fi
end missing
`;

/** Deletes every release that is neither named nor live, and what an interrupted copy has left. */
export const pruneScript = `${common}${admit}
live=$(linked)
cd "$root/releases" || end failed
for name in * .*.draft; do
  [ -d "$name" ] && [ "$name" != "$live" ] || continue
  case " $kept_ids " in *" $name "*) continue ;; esac
  rm -rf "./$name" || end failed
  echo "deleted $name"
done
end done
`;

export const logScript = `${common}
run_in "$(here)" "$log_command" "$question_seconds" || end failed
end done
`;

/** What the scripts need of a host. Names what is missing; makes the folder, as the first release would. */
export const needsScript = `
case "$root" in /*) ;; *) root=$PWD/$root ;; esac
missing=
for program in cat cut flock grep head mkdir mv readlink sed sha256sum sync tar timeout; do
  command -v "$program" >/dev/null || missing="$missing $program"
done
mv --help 2>&1 | grep -q -e ' -T' -e no-target-directory || missing="$missing mv -T"
say missing "$missing"
mkdir -p "$root/.devops" || end unwritable
[ -w "$root" ] && [ -w "$root/.devops" ] || end unwritable
end done
`;
