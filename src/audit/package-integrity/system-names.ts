/** Names and places by which a system is looked at, entered and kept honest. */
import { baseName } from '../../core/path.ts';

/** Programs that a rootkit replaces so that nobody sees it, or through which somebody gets in: nobody replaces these for an honest reason. */
const watched: ReadonlySet<string> = new Set(
  `ls dir find du df stat cat grep ps top pgrep pkill pidof kill killall pstree netstat ss lsof ifconfig ip arp route
  who w last lastlog users login su sudo passwd chsh newgrp sshd ssh scp crontab cron crond init systemd agetty getty
  lsmod modprobe insmod rmmod md5sum sha1sum sha256sum sha512sum b2sum dpkg dpkg-query rpm apk debsums chkrootkit rkhunter
  bash sh dash mount umount sysctl auditctl auditd rsyslogd journalctl tcpd inetd xinetd in.telnetd vsftpd`
    .split(/\s+/)
    .filter((name) => name !== ''),
);

/** Libraries that every login or every program goes through. */
const watchedLibrary =
  /\/(?:libc(?:-[0-9.]+)?\.so(?:\.6)?|ld-(?:linux|musl)[^/]*\.so[^/]*|libpam(?:_misc|c)?\.so[^/]*|security\/pam_[^/]+\.so|libkeyutils\.so[^/]*|liblzma\.so[^/]*|libnss_[^/]+\.so[^/]*|libselinux\.so[^/]*|libproc2?[^/]*\.so[^/]*)$/;

const programFolder = /^(?:usr\/)?s?bin\/[^/]+$/;
const libraryFolder = /^(?:usr\/)?lib(?:32|64|x32)?\/(?:[a-z0-9_]+-linux-[a-z0-9]+\/)?(?:security\/)?[^/]+$/;
const systemFolder = /^(?:usr\/)?(?:s?bin|lib(?:32|64|x32)?|libexec)\//;
/** Installers of programming languages put their packages below the system's folders too. */
const languageFolder = /\/(?:node_modules|site-packages|dist-packages|gems|jvm|vendor_ruby)\//;

/** All take canonical paths. */
export const isOnPath = (path: string): boolean => programFolder.test(path);
export const isSystemLibrary = (path: string): boolean => libraryFolder.test(path);
export const isSystemPath = (path: string): boolean => systemFolder.test(path) && !languageFolder.test(path);
export const isWatched = (path: string): boolean =>
  (programFolder.test(path) && watched.has(baseName(path))) || watchedLibrary.test(`/${path}`);

/** Of whatever lies in a folder, or is, of a name that listings leave out. */
export const isHiddenName = (path: string): boolean => /(?:^|\/)\.[^/]/.test(path);

/** One program under many names. */
export const isMultiCall = (name: string): boolean => /^(?:busybox|toybox|coreutils|ubase-box)(?:[.-].*)?$/.test(name);
