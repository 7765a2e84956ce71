/** How clients that sell a machine's network connection are started, by their own manuals. */

export interface SellerTrait {
  readonly name: string;
  /** All of them, in the command line and the lines of the environment. */
  readonly all: readonly RegExp[];
}

export const sellerTraits: readonly SellerTrait[] = [
  { name: 'TraffMonetizer', all: [/\bstart\s{1,4}accept\b/, /--token\b/] },
  { name: 'Honeygain', all: [/(?:^|\s)-tou-accept\b/, /(?:^|\s)-email\b/] },
  { name: 'Pawns (IPRoyal)', all: [/(?:^|\s)-{1,2}accept-tos\b/, /(?:^|\s)-{1,2}email\b/] },
  { name: 'EarnApp', all: [/(?:^|\n)EARNAPP_(?:UUID|TERM)=/] },
  { name: 'Repocket', all: [/(?:^|\n)RP_EMAIL=/, /(?:^|\n)RP_API_KEY=/] },
  { name: 'PacketStream', all: [/(?:^|\n)CID=\w{3,8}\b/, /(?:^|\n)PS_IS_DOCKER=/] },
  { name: 'Bitping', all: [/(?:^|\n)BITPING_(?:EMAIL|PASSWORD|API_KEY)=/] },
  { name: 'Peer2Profit', all: [/(?:^|\n)P2P_EMAIL=/] },
  { name: 'Mysterium', all: [/\bservice\b/, /--agreed-terms-and-conditions\b/] },
];

/** The names of those whose traits all stand in the text. */
export const findSellers = (text: string): readonly string[] =>
  sellerTraits.filter(({ all }) => all.every((pattern) => pattern.test(text))).map(({ name }) => name);
