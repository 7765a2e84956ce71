/** A path → whether builders and packages put programs there. */

/** Folders that everybody may write to, names that `ls` does not show, names made of dots or blanks. */
export const isOddPlace = (path: string): boolean =>
  /^(?:tmp|var\/tmp|dev|run\/shm|var\/spool|var\/run|proc|sys|lost\+found)\//.test(path) ||
  path.split('/').some((part) => /^\.[^/]/.test(part) && !usualHidden.has(part)) ||
  /(?:^|\/)(?:\s|\.{2,}|\.\s)[^/]*\/?/.test(path) ||
  /^(?:etc|usr\/share\/man|usr\/include|media|mnt|boot)\/(?!.*\/bin\/)[^!]*$/.test(path);

/** Hidden folders in which tools of users and languages keep programs. */
const usualHidden: ReadonlySet<string> = new Set(
  (
    '.local .cargo .rustup .nvm .npm .pyenv .rbenv .asdf .sdkman .bun .deno .volta .venv .virtualenvs .conda .pixi .cache .config ' +
    '.vscode-server .docker .krew .dotnet .gem .go .yarn .pnpm .pnpm-store .bin .build-id .libs .opam .stack .ghcup .cabal .gradle .m2 ' +
    '.mix .nix-profile .foundry .fly .pulumi .arkade .linkerd2 .tfenv .poetry .nodenv .plenv .phpenv .node_modules'
  ).split(' '),
);
