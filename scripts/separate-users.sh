#!/usr/bin/env bash
# Sets up a project whose server runs as a user of its own. The agent reaches it over SSH, as MCP and as nothing else:
# it cannot approve, edit the state or the policy, read secrets, or deploy by hand. Run as root; may be run again, and
# says what it does. docs/security.md tells what holds afterwards, test/e2e/separate-users-servers.test.ts tries to break it.
set -euo pipefail

usage() {
  cat >&2 <<'TEXT'
separate-users.sh --name NAME --project DIR --program CLI.JS --agent USER --agent-key FILE.pub [options]
  --server USER       user that the server runs as (NAME-deployer)
  --checks USER       user that code of commits runs as (NAME-checks)
  --person ID=FILE.pub  a person who may answer: approve, status, audit, ... (again for each)
  --tasks DIR         folder of tasks.json, which agent and server both write (/srv/NAME-tasks)
  --env-file FILE     lines NAME=value for the server; read by nobody else
  --ssh-port PORT     where sshd of this machine listens (22)
  --host-key FILE.pub its host key (/etc/ssh/ssh_host_ed25519_key.pub)
TEXT
  exit 2
}
say() { echo "separate-users: $*"; }
fail() { echo "separate-users: $*" >&2; exit 1; }

name='' project='' program='' agent='' agent_key='' server='' checks='' tasks='' secrets=''
ssh_port=22 host_key=/etc/ssh/ssh_host_ed25519_key.pub persons=()
while (($# > 0)); do
  (($# > 1)) || usage
  case "$1" in
    --name) name=$2 ;; --project) project=$2 ;; --program) program=$2 ;; --agent) agent=$2 ;;
    --agent-key) agent_key=$2 ;; --server) server=$2 ;; --checks) checks=$2 ;; --person) persons+=("$2") ;;
    --tasks) tasks=$2 ;; --env-file) secrets=$2 ;; --ssh-port) ssh_port=$2 ;; --host-key) host_key=$2 ;;
    *) usage ;;
  esac
  shift 2
done
[[ $name =~ ^[a-z][a-z0-9-]{0,20}$ && -n $project && -n $program && -n $agent && -n $agent_key ]] || usage
[[ $(id -u) == 0 ]] || fail 'only root can make users: run it with sudo'
server=${server:-$name-deployer} checks=${checks:-$name-checks} tasks=${tasks:-/srv/$name-tasks}
group=$name-tasks etc=/etc/devops-engineer/$name home=/var/lib/$server checks_home=/var/lib/$checks
project=$(realpath -e "$project") program=$(realpath -e "$program") node=$(realpath -e "$(command -v node)")
[[ -f $project/devops.yaml ]] || fail "there is no devops.yaml in $project"
for value in "$project" "$program" "$node" "$tasks" "$server" "$checks" "$agent"; do
  [[ $value =~ ^[A-Za-z0-9/._-]+$ ]] || fail "\"$value\" has characters that a launcher cannot take"
done

# Whoever may write one of these, or a folder on the way, is whoever they run as.
only_root() {
  local place=$1
  while :; do
    [[ $(stat -c %u "$place") == 0 ]] || fail "$place belongs to $(stat -c %U "$place"); it must be root's"
    local mode; mode=$(stat -c %a "$place")
    ((8#$mode & 8#22)) && ! ((8#$mode & 8#1000)) && fail "$place may be written by others than root (mode $mode)"
    [[ $place == / ]] && return
    place=$(dirname "$place")
  done
}
only_root "$program" && only_root "$node"
strange=$(find "$(dirname "$(dirname "$program")")" \( ! -user root -o -perm /022 ! -type l \) -print -quit)
[[ -z $strange ]] || fail "$strange may be written by others than root"

add_user() { # user, home
  if id "$1" >/dev/null 2>&1; then say "user $1 is there"; else
    useradd --system --create-home --home-dir "$2" --shell /bin/sh --user-group "$1" && say "made user $1"
  fi
  usermod --password '*' "$1" # no password, and not locked: sshd lets nobody in who is locked
  chmod 0700 "$2"
}
add_user "$server" "$home"
add_user "$checks" "$checks_home"
chown root:root "$checks_home" && chmod 0755 "$checks_home" # code of commits has a folder for each run, and no home
id "$agent" >/dev/null 2>&1 || fail "there is no user $agent"
for other in sudo wheel admin docker disk root "$server" "$checks"; do
  id -nG "$agent" | tr ' ' '\n' | grep -qx "$other" && fail "$agent is in the group $other, which is a way around all this"
done
getent group "$group" >/dev/null || { groupadd --system "$group" && say "made group $group"; }
usermod -aG "$group" "$server" && usermod -aG "$group" "$agent"

say "$project belongs to $server, and nobody else enters it"
chown -R "$server:$server" "$project"
chmod -R go-w "$project" && chmod 0700 "$project"

say "$tasks/tasks.json is written by $server and $agent (group $group)"
mkdir -p "$tasks"
if [[ ! -e $tasks/tasks.json ]]; then
  if [[ -f $project/tasks.json && ! -L $project/tasks.json ]]; then mv "$project/tasks.json" "$tasks/tasks.json"
  else echo '[]' >"$tasks/tasks.json"; fi
fi
# The folder is the server's: links that the agent makes in it are a stranger's, and not followed.
chown "$server:$group" "$tasks" && chmod 2770 "$tasks"
[[ -f $tasks/tasks.json && ! -L $tasks/tasks.json ]] || fail "$tasks/tasks.json is no file"
chown --no-dereference "$server:$group" "$tasks/tasks.json" && chmod 0660 "$tasks/tasks.json"
if ! grep -qxF "tasks: $tasks/tasks.json" "$project/devops.yaml"; then
  sed -i '/^tasks:/d' "$project/devops.yaml" && printf 'tasks: %s\n' "$tasks/tasks.json" >>"$project/devops.yaml"
  chown "$server:$server" "$project/devops.yaml"
  say "devops.yaml names it"
fi

mkdir -p "$etc" && chmod 0755 /etc/devops-engineer "$etc"
install -o root -g "$server" -m 0640 "${secrets:-/dev/null}" "$etc/secrets.new"
if [[ -n $secrets || ! -e $etc/secrets ]]; then mv "$etc/secrets.new" "$etc/secrets"; else rm "$etc/secrets.new"; fi

launcher() { # file, what follows the environment
  printf '%s\n' '#!/bin/sh' "# Written by separate-users.sh for $name." 'set -eu' 'umask 027' "$2" >"$etc/$1.new"
  chmod 0755 "$etc/$1.new" && mv "$etc/$1.new" "$etc/$1"
}
path=$(dirname "$node"):/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
clean="/usr/bin/env -i HOME=$home USER=$server LOGNAME=$server LANG=C.UTF-8 PATH=$path"
read_secrets="while IFS='=' read -r key value; do case \"\$key\" in ''|\\#*) ;; *) export \"\$key=\$value\" ;; esac; done <$etc/secrets"

# What the client asks for, and its environment, are nobody's business: this serves MCP, and nothing else.
launcher serve "[ \"\${1:-}\" = clean ] || exec $clean $etc/serve clean
cd $project
git remote get-url origin >/dev/null 2>&1 && git fetch --quiet origin >&2 || true
$read_secrets
exec $node $program stdio --project $project"

# For people: the words of their command, without a shell that would read anything into them.
launcher person "[ \"\${1:-}\" = clean ] || exec $clean ASKED=\"\${SSH_ORIGINAL_COMMAND:-}\" SSH_AUTH_SOCK=\"\${SSH_AUTH_SOCK:-}\" $etc/person clean
[ -n \"\$SSH_AUTH_SOCK\" ] || unset SSH_AUTH_SOCK
words=\$(printf '%s' \"\$ASKED\" | xargs printf '%s\n')
set -f
IFS='
'
set -- \$words
unset IFS
case \"\${1:-}\" in
  approve|override|status|metrics|audit|tasks|check) ;;
  *) echo 'people may: approve, override, status, metrics, audit, tasks, check' >&2; exit 2 ;;
esac
for word in \"\$@\"; do case \"\$word\" in --project*) echo 'the project is given' >&2; exit 2 ;; esac; done
cd $project
$read_secrets
exec $node $program --project $project \"\$@\""

# Code of commits runs as $checks, in a copy of the checkout: devops.yaml says \`run: $etc/as-checks npm test\`.
launcher as-checks "tar -cf - . | ssh -F none -i $home/checks-key -o BatchMode=yes -o IdentitiesOnly=yes \\
  -o GlobalKnownHostsFile=/dev/null -o UserKnownHostsFile=$etc/known-hosts -o HostKeyAlgorithms=ssh-ed25519 \\
  -o StrictHostKeyChecking=yes -p $ssh_port $checks@127.0.0.1 \"\$*\""
launcher run-checks "folder=\$(mktemp -d)
trap 'cd / && rm -rf \"\$folder\"' EXIT
cd \"\$folder\"
tar -xf -
/usr/bin/env -i HOME=\"\$folder\" USER=$checks LANG=C.UTF-8 CI=true PATH=$path timeout --kill-after=5s 30m sh -c \"\$SSH_ORIGINAL_COMMAND\" </dev/null"

if [[ ! -e $home/checks-key ]]; then
  ssh-keygen -q -t ed25519 -N '' -C "$server runs checks" -f "$home/checks-key"
fi
chown "$server:$server" "$home/checks-key" && chmod 0600 "$home/checks-key"
echo "[127.0.0.1]:$ssh_port $(cut -d' ' -f1,2 "$host_key")" >"$etc/known-hosts"
((ssh_port == 22)) && echo "127.0.0.1 $(cut -d' ' -f1,2 "$host_key")" >>"$etc/known-hosts"

let_in() { # home, lines
  install -d -o root -g root -m 0755 "$1/.ssh"
  printf '%s\n' "$2" >"$1/.ssh/authorized_keys.new" && chmod 0644 "$1/.ssh/authorized_keys.new"
  mv "$1/.ssh/authorized_keys.new" "$1/.ssh/authorized_keys"
}
key_of() { # one public key, without the options that a line could begin with
  local key; key=$(grep -oE -m1 '^(ssh-|ecdsa-|sk-)[a-z0-9@.-]+ [A-Za-z0-9+/=]+' "$1") || fail "$1 is no public key"
  echo "$key"
}
lines="restrict,command=\"$etc/serve\" $(key_of "$agent_key") agent"
for person in ${persons[@]+"${persons[@]}"}; do
  id=${person%%=*} file=${person#*=}
  [[ $id =~ ^[A-Za-z0-9@._+-]+$ ]] || fail "\"$id\" is no name of a person"
  key=$(key_of "$file")
  lines+=$'\n'"restrict,command=\"$etc/person\" $key $id"
  say "$id answers with: ssh -p $ssh_port $server@HOST approve REQUEST --statement, then --signature -"
done
let_in "$home" "$lines"
let_in "$checks_home" "restrict,command=\"$etc/run-checks\" $(key_of "$home/checks-key.pub") checks"
chmod -R o-rwx "$project"
say "the agent's MCP client starts: ssh -T -p $ssh_port $server@HOST"
