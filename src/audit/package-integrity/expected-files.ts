/** Files that no package delivers and that belong where they are: what maintainers' scripts, triggers, package managers and engines make. */

/** Data of the system, none of it run by anything because it lies here: by the folder at the root, or the one below `usr`. */
const expected: ReadonlyMap<string, readonly RegExp[]> = new Map(
  Object.entries({
    // Package managers' own state.
    var: [
      /^var\/(?:lib\/shells\.state$|lib\/(?:dpkg|apt|ucf|rpm|dnf|yum|apk|zypp|pam|aptitude|python|misc|systemd|polkit-1|dbus|texmf|ghostscript|mecab|fontconfig)\/|cache\/|log\/|spool\/|mail\/|backups\/)/,
    ],
    lib: [/^lib\/(?:apk\/(?:db|exec)\/|sysimage\/|modules\/[^/]+\/modules\.[a-z.]+$)/],
    'usr/lib': [
      /^usr\/lib\/(?:apk\/(?:db|exec)\/|sysimage\/|modules\/[^/]+\/modules\.[a-z.]+$)/,
      /^usr\/lib\/(?:locale\/|(?:[^/]+\/)?(?:gconv\/gconv-modules\.cache|gio\/modules\/giomodule\.cache|gdk-pixbuf-2\.0\/[^/]+\/loaders\.cache)$|.*\/classes(?:_nocoops)?\.jsa$|udev\/hwdb\.bin$|fontconfig\/)/,
    ],
    'usr/share': [
      /^usr\/share\/(?:mime\/|info\/dir$|applications\/mimeinfo\.cache$|glib-2\.0\/schemas\/gschemas\.compiled$|icons\/[^/]+\/icon-theme\.cache$|texmf|texlive\/|fonts\/.*\/(?:fonts\.(?:dir|scale)|\.uuid)$|zoneinfo\/|ca-certificates\/|pki\/)/,
      /^usr\/share\/emacs\/.*\.elc$/,
    ],
    boot: [/^boot\/(?:initrd|initramfs|grub\/)/],
    // The machine's own configuration, as base systems leave it.
    etc: [
      /^etc\/(?:passwd|shadow|group|gshadow|subuid|subgid)-?$/,
      /^etc\/(?:hostname|hosts|host\.conf|resolv\.conf|mtab|fstab|machine-id|timezone|localtime|adjtime|shells|environment|locale\.(?:conf|gen|alias)|nsswitch\.conf|networks|\.pwd\.lock|ld\.so\.cache|ca-certificates\.conf|motd|issue|papersize|mailname|os-release|inittab|sysctl\.conf|vconsole\.conf|modules|profile|inputrc|hosts\.(?:allow|deny)|gitconfig|security\/opasswd|ssh\/sshd_config|pam\.d\/common-[a-z-]+|xml\/.*|logrotate\.d\/.*|apk\/(?:world|repositories|arch|protected_paths\.d\/.*|keys\/.*))$/,
      /^etc\/(?:ssl|pki|ca-certificates|alternatives|apt\/(?:sources\.list|trusted\.gpg|preferences|keyrings)|default|dpkg|fonts|java[^/]*|X11|python[^/]*|rc[0-6S]\.d|selinux|crypto-policies|yum\.repos\.d|dnf|systemd\/system\/[^/]+\.(?:wants|requires))(?:\/|$)/,
      /^etc\/apt\/(?:sources\.list|apt\.conf\.d\/(?:docker-|\d*proxy|\d*no-recommends|00aptitude|00trustcdrom|70debconf|01autoremove))/,
      /^etc\/ssh\/ssh_host_[a-z0-9]+_key(?:\.pub)?$/,
    ],
    // All that lies there, and what stands there in the folder's place.
    run: [/^/],
    dev: [/^/],
    proc: [/^/],
    sys: [/^/],
    tmp: [/^tmp\//],
    '.dockerenv': [/^\.dockerenv$/],
  }),
);

/** The key of `expected` under which a path is looked up. */
const regionOf = (path: string): string => {
  const slash = path.indexOf('/');
  if (slash < 0) return path;
  const top = path.slice(0, slash);
  if (top !== 'usr') return top;
  const next = path.indexOf('/', slash + 1);
  return next < 0 ? path : path.slice(0, next);
};

/** Maintainers' scripts, and what debootstrap puts there so that nothing starts services while packages are installed. */
const expectedPrograms =
  /^(?:var\/lib\/dpkg\/info\/[^/]+\.(?:preinst|postinst|prerm|postrm|config)|usr\/sbin\/policy-rc\.d|etc\/(?:hostname|hosts|resolv\.conf)|(?:usr\/)?lib\/apk\/exec\/.*|etc\/(?:rc[0-6S]\.d|alternatives)\/.*)$/;

/** `path` is canonical. Nothing that a kernel or an interpreter runs is expected by its place alone, but for what is named here. */
export const isExpectedFile = (path: string, runs: boolean): boolean =>
  runs ? expectedPrograms.test(path) : expected.get(regionOf(path))?.some((pattern) => pattern.test(path)) === true;

/** The source that a compiled Python module was made from; undefined for what is no such module. */
export const pythonSourceOf = (path: string): string | undefined => {
  if (!path.endsWith('.pyc')) return undefined;
  const [, folder, name] = /^(.*\/)__pycache__\/([^/]+?)\.[a-z]+-?[0-9.]+(?:\.opt-[0-9])?\.pyc$/.exec(path) ?? [];
  return folder === undefined || name === undefined ? undefined : `${folder}${name}.py`;
};
