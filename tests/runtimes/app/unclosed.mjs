/** Ends as soon as it has what it wants, with kept connections that it has not closed. */
import { ClientSession } from 'fetchloop';

const { ca, https, nginx } = JSON.parse(process.env.SITES);
const session = await ClientSession.open({ tls: { ca } });
const responses = await Promise.all([session.get(nginx), session.get(https)]);
console.log(...responses.map(({ status }) => status));
