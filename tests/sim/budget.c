/* A host's budget of retries: what it surely has, and what it has at most. */
#include "world.h"

/* It would get a retry out of its host's budget, whoever else may have taken one without its being seen yet. */
bool budget_surely(const attempt *t) {
  const world *w = t->ask->world;
  const host *h = &w->host[t->host];
  int64_t taken = 0;
  int due[3];
  for (int i = 0; i < w->asked; i++) {
    const ask *a = &w->asks[i];
    if ((a->state != FLIES && a->state != REPORTED) || a->attempt == t || a->attempt->host != t->host) continue;
    taken += 10 * (a->state == REPORTED || a->attempt->told || timeouts_due(w, a->attempt, due) ||
                   is_doubtful(w, a->attempt));
  }
  if (h->deposited_us == now_of(w)) taken += 2 * h->deposits; /* perhaps after it was judged */
  return h->budget_least - taken >= 10;
}

void budget_lose(host *h) { h->budget_least = h->budget_least > 10 ? h->budget_least - 10 : 0; }

/* A first attempt pays for later retries; of one that is not sent, perhaps. */
void budget_deposit(world *w, host *h, bool perhaps) {
  int64_t most = 20 * (int64_t)w->retry.budget, withdrawn = 0;
  for (int i = 0; i < w->asked; i++) { /* but not seen yet */
    const ask *a = &w->asks[i];
    withdrawn += 10 * ((a->state == REPORTED || a->state == FLIES) && &w->host[a->attempt->host] == h);
  }
  if (h->deposited_us != now_of(w)) h->deposits = 0;
  h->deposited_us = now_of(w);
  if (!perhaps && h->budget_least + 2 <= most) {
    h->budget_least += 2;
    h->deposits++;
  }
  if (h->budget_most + 2 <= most + withdrawn) h->budget_most += 2;
}
