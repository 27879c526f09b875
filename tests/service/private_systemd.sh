#!/bin/sh
# The first process of a private systemd: builds a root of its own in new namespaces, looks that nothing of the
# machine can be changed from there, and becomes systemd. Any step that fails ends it before systemd is started.
#
# usage: private_systemd.sh ROOT CONTENT MARKER NAMESPACES
#   ROOT        an empty folder, in whose place the new root comes
#   CONTENT     CONTENT/root is copied into it; CONTENT/shown holds lines "TARGET SOURCE": files and folders of the
#               machine that are shown in it, read-only
#   MARKER      a file in the machine's folder for temporary files, which must be out of sight in the end
#   NAMESPACES  the machine's own namespaces, as the links in /proc/self/ns name them
set -eu
root=$1 content=$2 marker=$3 namespaces=$4

refuse() {
  echo "no private systemd: $1" >&2
  exit 97
}

show() { # TARGET SOURCE
  mount --bind "$2" "$1"
  mount -o remount,bind,ro "$1"
}

[ "$$" -eq 1 ] || refuse "this is not the first process of a namespace"
for kind in mnt uts ipc net; do
  own=$(readlink "/proc/self/ns/$kind")
  case $namespaces in
    *"$own"*) refuse "the namespace $kind is the machine's" ;;
    *"$kind:"*) ;;
    *) refuse "the namespace $kind of the machine is not known" ;;
  esac
done
[ -f "$marker" ] || refuse "$marker is missing"
mount --make-rprivate /
if grep -q ' shared:' /proc/self/mountinfo; then refuse "a mount is shared with the machine"; fi

# Whatever can be written lies in memory, and ends with the namespace.
mount -t tmpfs -o mode=755,size=256m private-root "$root"
cd "$root"
for link in bin sbin lib lib32 lib64 libx32; do
  if [ -L "/$link" ]; then cp -P "/$link" "$link"; fi
done
mkdir -p usr proc sys dev run tmp var/tmp machine
ln -s ../run var/run
show usr /usr
# Nothing that came with this systemd is started or set: what is needed lies in CONTENT.
for folder in system user system-generators user-generators system-environment-generators \
  user-environment-generators system-preset user-preset system-shutdown; do
  if [ -d "usr/lib/systemd/$folder" ]; then mount -t tmpfs -o ro,mode=755 nothing "usr/lib/systemd/$folder"; fi
done
cp -a "$content/root/." .
while read -r target source; do
  mkdir -p "$(dirname "./$target")"
  if [ -d "$source" ]; then mkdir -p "./$target"; else : >"./$target"; fi
  show "./$target" "$source"
done <"$content/shown"

mount -t proc -o nosuid,nodev,noexec proc proc
for path in sys sysrq-trigger bus irq fs; do
  if [ -e "proc/$path" ]; then show "proc/$path" "proc/$path"; fi
done
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755,nosuid devices dev
mkdir dev/pts dev/shm
for device in "null 1 3" "zero 1 5" "full 1 7" "random 1 8" "urandom 1 9" "tty 5 0"; do
  set -- $device
  mknod -m 666 "dev/$1" c "$2" "$3"
done
ln -s /proc/self/fd dev/fd
ln -s pts/ptmx dev/ptmx
mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts dev/pts
mount -t tmpfs -o mode=1777,nosuid,nodev shm dev/shm
mount -t tmpfs -o mode=755,nosuid,nodev run run
mount -t tmpfs -o mode=1777,nosuid,nodev tmp tmp
mount -t tmpfs -o mode=1777,nosuid,nodev tmp var/tmp

pivot_root . machine
cd /
umount -n -l /machine
rmdir /machine

# The guard: whatever is mounted lies in memory, belongs to the kernel, or is read-only.
while read -r _ _ _ _ place options rest; do
  case " $rest" in *" shared:"* | *" master:"*) refuse "$place is tied to the machine" ;; esac
  type=${rest#*- }
  type=${type%% *}
  case "$type:$options" in
    tmpfs:* | proc:* | cgroup2:* | devpts:* | *:ro,*) ;;
    *) refuse "$place could be written: $type $options" ;;
  esac
done </proc/self/mountinfo
for folder in /tmp /var/tmp /run; do
  grep -q "^[^ ]* [^ ]* [^ ]* / $folder .* - tmpfs " /proc/self/mountinfo || refuse "$folder is not its own"
  [ -z "$(ls -A "$folder")" ] || refuse "$folder is not empty"
done
[ ! -e "$marker" ] || refuse "$marker of the machine is in sight"
# The machine's own control group, the root of all, has no events.
[ "$(grep '^0::' /proc/self/cgroup)" = "0::/" ] && [ -e /sys/fs/cgroup/cgroup.events ] ||
  refuse "the control group is not its own"

exec env -i container=lanspread PATH=/usr/sbin:/usr/bin \
  /usr/lib/systemd/systemd --system --log-target=journal
