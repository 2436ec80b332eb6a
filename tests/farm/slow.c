/* A server that answers each request after exactly 100 ms, however many there are: Node's timers are late by up to 2
 * ms, which is what is to be measured of others. Prints its port; ends with its stdin. One request at a time on a
 * connection. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LATENCY_NS = 100000000, CLIENTS = 512, SECOND_NS = 1000000000, STDIN = 0, LISTENER = 1, FIRST = 2 };
static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok";

static struct pollfd fds[FIRST + CLIENTS];
static int64_t due_ns[FIRST + CLIENTS]; /* when it is to be answered; 0: it has asked nothing */

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

static void start(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t bytes = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, bytes) || listen(listener, CLIENTS) ||
      getsockname(listener, (struct sockaddr *)&address, &bytes)) {
    perror("slow");
    exit(1);
  }
  fds[STDIN] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
  fds[LISTENER] = (struct pollfd){.fd = listener, .events = POLLIN};
  for (int i = FIRST; i < FIRST + CLIENTS; i++) fds[i] = (struct pollfd){.fd = -1, .events = POLLIN};
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
}

static void welcome(void) {
  int client = accept(fds[LISTENER].fd, NULL, NULL), on = 1;
  if (client < 0) return;
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  for (int i = FIRST; i < FIRST + CLIENTS; i++)
    if (fds[i].fd < 0) {
      fds[i].fd = client;
      return;
    }
  close(client);
}

static void hear(int i, int64_t at_ns) {
  char request[4096];
  if (read(fds[i].fd, request, sizeof request) > 0) {
    due_ns[i] = at_ns + LATENCY_NS;
    return;
  }
  close(fds[i].fd);
  fds[i].fd = -1;
  due_ns[i] = 0;
}

/* Gives when the next is due; 0: none is. */
static int64_t answer_due(int64_t at_ns) {
  int64_t next_ns = 0;
  for (int i = FIRST; i < FIRST + CLIENTS; i++) {
    if (due_ns[i] && due_ns[i] <= at_ns) {
      due_ns[i] = 0;
      if (write(fds[i].fd, answer, sizeof answer - 1) < 0) perror("slow");
    }
    if (due_ns[i] && (!next_ns || due_ns[i] < next_ns)) next_ns = due_ns[i];
  }
  return next_ns;
}

int main(void) {
  start();
  for (;;) {
    int64_t at_ns = now_ns(), next_ns = answer_due(at_ns), wait_ns = next_ns - at_ns;
    struct timespec wait = {.tv_nsec = wait_ns};
    if (ppoll(fds, FIRST + CLIENTS, next_ns ? &wait : NULL, NULL) < 0) return 1;
    if (fds[STDIN].revents) return 0;
    if (fds[LISTENER].revents) welcome();
    at_ns = now_ns();
    for (int i = FIRST; i < FIRST + CLIENTS; i++)
      if (fds[i].fd >= 0 && fds[i].revents) hear(i, at_ns);
  }
}
