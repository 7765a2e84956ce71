/**
 * How clients that sell a machine's network connection are started, by their own manuals. One letter of each mark stands in brackets:
 * so our own rules do not take this file for one of them.
 */

export interface SellerTrait {
  readonly name: string;
  /** All of them, in the command line and the lines of the environment. */
  readonly all: readonly RegExp[];
}

export const sellerTraits: readonly SellerTrait[] = [
  { name: 'TraffMonetizer', all: [/\bstart\s{1,4}[a]ccept\b/, /--token\b/] },
  { name: 'Honeygain', all: [/(?:^|\s)-tou-[a]ccept\b/, /(?:^|\s)-email\b/] },
  {
    name: 'Pawns (IPRoyal)',
    all: [/(?:^|\s)-{1,2}[a]ccept-tos\b/, /(?:^|\s)-{1,2}email\b/, /(?:^|\s)-{1,2}password\b/],
  },
  { name: 'EarnApp', all: [/(?:^|\n)EARNAP[P]_(?:UUID|TERM)=/] },
  { name: 'Repocket', all: [/(?:^|\n)RP_[E]MAIL=/, /(?:^|\n)RP_[A]PI_KEY=/] },
  { name: 'PacketStream', all: [/(?:^|\n)CID=\w{3,8}\b/, /(?:^|\n)PS_IS_[D]OCKER=/] },
  { name: 'Bitping', all: [/(?:^|\n)BITPIN[G]_(?:EMAIL|PASSWORD|API_KEY)=/] },
  { name: 'Peer2Profit', all: [/(?:^|\n)P2P_[E]MAIL=/] },
  { name: 'Mysterium', all: [/\bservice\b/, /--agreed-[t]erms-and-conditions\b/] },
];

/** An account that is written out, and not left to whoever starts it. */
const account =
  /(?:^|\s)-{1,2}(?:token|pass(?:word)?|api-?key)[ =](?!["']?[$<{])["']?[\w+/=.@-]{6,}|(?:^|\s)-{1,2}email[ =](?!["']?[$<{])["']?[\w.+-]{1,64}@|(?:^|\n)(?:RP_[A]PI_KEY|EARNAP[P]_UUID|BITPIN[G]_(?:PASSWORD|API_KEY)|P2P_[E]MAIL|CID)=(?!\$)[^\s]{4,}/;

export const holdsAccount = (text: string): boolean => account.test(text);

/** The names of those whose traits all stand in the text. */
export const findSellers = (text: string): readonly string[] =>
  sellerTraits.filter(({ all }) => all.every((pattern) => pattern.test(text))).map(({ name }) => name);
