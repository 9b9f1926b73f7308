#!/bin/sh
# mmdebstrap runs this with the folder of the new root file system as its argument.
set -eu
chroot "$1" /bin/sh -eu <<'END'
useradd --create-home --shell /bin/bash --uid 2001 salvus
useradd --create-home --shell /bin/bash --uid 2002 nosudo
useradd --create-home --shell /bin/bash --uid 2003 asksudo
echo 'asksudo:open sesame' | chpasswd
echo 'salvus ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/lab
echo 'asksudo ALL=(ALL) ALL' >> /etc/sudoers.d/lab
chmod 440 /etc/sudoers.d/lab
printf 'UseDNS no\nMaxStartups 100\n' > /etc/ssh/sshd_config.d/lab.conf
systemctl disable haproxy.service nginx.service nftables.service apt-daily.timer apt-daily-upgrade.timer
rm -f /etc/ssh/ssh_host_* /etc/resolv.conf /etc/hostname
: > /etc/machine-id
END
