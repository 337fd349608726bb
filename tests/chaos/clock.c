/* A clock for all processes of a run: it goes at any pace, and walls can be wrong.

   Loaded with LD_PRELOAD. The file that CHAOS_CLOCK names holds a struct that clock.py
   writes; CHAOS_WALL chooses one of its wall clocks. Monotonic time never jumps, as on a
   real machine; a wall clock may. Waits are cut into short ones, so that a change of the
   pace is noticed soon. (libfaketime moves both clocks at once, and gives each process
   an own beginning: neither is true of a house. And it knows no limit, at which the time
   waits for a process that the machine hasn't let run.) */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL
/* The longest that one wait takes, in real time. */
#define SLICE (20 * 1000000LL)
#define LEAST (100 * 1000LL)
#define WALLS 4

/* clock.py packs the same. Of the two times the one of the turn's parity counts, and the
   other is written meanwhile. */
struct view {
    int64_t real_ns;        /* CLOCK_MONOTONIC_RAW at the last change, which stays real */
    int64_t told_ns;        /* what the monotonic clock said then */
    int64_t limit_ns;       /* what it doesn't go beyond */
    double pace;            /* 0 before the beginning: then the clocks are the real ones */
    int64_t wall_ns[WALLS]; /* how much walls are ahead of the monotonic clock */
};

struct shared {
    _Atomic uint64_t turn;
    struct view views[2];
};

static const struct shared *shared;
static int wall;

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name)
{
    /* There's an older one of the same name, which is incompatible. */
    void *found = dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2");
    return found ? found : dlsym(RTLD_NEXT, name);
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("CHAOS_CLOCK"), *number = getenv("CHAOS_WALL");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *page;
    if (file < 0)
        return;
    page = mmap(NULL, sizeof(struct shared), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    wall = number ? atoi(number) : 0;
    if (page != MAP_FAILED && wall >= 0 && wall < WALLS)
        shared = page;
}

static int64_t ns(const struct timespec *time)
{
    return time->tv_sec * SECOND + time->tv_nsec;
}

static struct timespec spec(int64_t value)
{
    struct timespec time = {value / SECOND, value % SECOND};
    return time;
}

static int64_t clock_ns(clockid_t clock)
{
    static __typeof__(&clock_gettime) found;
    struct timespec time;
    if (!found)
        found = REAL(clock_gettime);
    found(clock, &time);
    return ns(&time);
}

static struct view look(void)
{
    struct view view;
    uint64_t turn;
    do {
        turn = atomic_load(&shared->turn);
        view = shared->views[turn % 2];
    } while (turn != atomic_load(&shared->turn));
    if (view.pace == 0) {
        view.real_ns = clock_ns(CLOCK_MONOTONIC_RAW);
        view.told_ns = clock_ns(CLOCK_MONOTONIC);
        view.limit_ns = INT64_MAX;
        view.pace = 1;
        view.wall_ns[wall] = clock_ns(CLOCK_REALTIME) - view.told_ns;
    }
    return view;
}

static int64_t now(void)
{
    struct view view = look();
    int64_t passed_ns = clock_ns(CLOCK_MONOTONIC_RAW) - view.real_ns;
    int64_t told_ns = view.told_ns + (int64_t)(passed_ns * view.pace);
    return told_ns < view.limit_ns ? told_ns : view.limit_ns;
}

/* The real time until a told one, as much of it as is to be waited at once. */
static int64_t slice(int64_t end)
{
    double left = (end - now()) / look().pace;
    /* Where the time stands still it's looked again a little later. */
    return left <= 0 ? 0 : left < LEAST ? LEAST : left < SLICE ? (int64_t)left : SLICE;
}

static int is_monotonic(clockid_t clock)
{
    return clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE ||
           clock == CLOCK_BOOTTIME;
}

static int is_wall(clockid_t clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
}

/* A time of one of the told clocks, as one of the monotonic. */
static int64_t told(clockid_t clock, const struct timespec *time)
{
    return ns(time) - (is_wall(clock) ? look().wall_ns[wall] : 0);
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    if (!shared || !(is_monotonic(clock) || is_wall(clock)))
        return REAL(clock_gettime)(clock, time);
    *time = spec(now() + (is_wall(clock) ? look().wall_ns[wall] : 0));
    return 0;
}

int gettimeofday(struct timeval *restrict value, void *restrict zone)
{
    struct timespec time;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &time);
    *value = (struct timeval){time.tv_sec, time.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *result)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    if (result)
        *result = time.tv_sec;
    return time.tv_sec;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *wanted,
                    struct timespec *rest)
{
    int64_t end;
    if (!shared)
        return REAL(clock_nanosleep)(clock, flags, wanted, rest);
    end = flags & TIMER_ABSTIME ? told(clock, wanted) : now() + ns(wanted);
    for (int64_t part; (part = slice(end)) > 0;) {
        struct timespec one = spec(part);
        int failed = REAL(clock_nanosleep)(CLOCK_MONOTONIC, 0, &one, NULL);
        if (failed) {
            int64_t left = end - now();
            if (rest && !(flags & TIMER_ABSTIME))
                *rest = spec(left > 0 ? left : 0);
            return failed;
        }
    }
    return 0;
}

int nanosleep(const struct timespec *wanted, struct timespec *rest)
{
    int failed = clock_nanosleep(CLOCK_MONOTONIC, 0, wanted, rest);
    errno = failed ? failed : errno;
    return failed ? -1 : 0;
}

int usleep(useconds_t wanted)
{
    struct timespec time = spec(wanted * 1000LL);
    return nanosleep(&time, NULL);
}

unsigned int sleep(unsigned int wanted)
{
    struct timespec time = spec(wanted * SECOND), rest = {0, 0};
    return nanosleep(&time, &rest) ? (unsigned int)rest.tv_sec + 1 : 0;
}

/* Wait in slices until something is there (not 0), or the told time has come. */
#define SLICED(duration_ns, call)                                                      \
    for (int64_t end = now() + (duration_ns);;) {                                      \
        int64_t part = slice(end);                                                     \
        struct timespec one = spec(part);                                              \
        int found = (call);                                                            \
        if (found || part == 0)                                                        \
            return found;                                                              \
    }

int epoll_pwait(int epoll, struct epoll_event *events, int most, int timeout_ms,
                const sigset_t *mask)
{
    if (!shared || timeout_ms <= 0)
        return REAL(epoll_pwait)(epoll, events, most, timeout_ms, mask);
    int64_t still_ns = 0;
    for (int64_t end = now() + timeout_ms * 1000000LL;;) {
        int64_t part = slice(end);
        struct timespec one = spec(part);
        int found = (int)REAL(syscall)(SYS_epoll_pwait2, epoll, events, most, &one,
                                       mask, _NSIG / 8);
        /* Where the time stands still it may be that it waits for this process, which
           reckoned its wait before others were let run, and so waits for too long. An
           event loop that is woken early looks at its timers again; not often, since
           mostly it's another one that is waited for. */
        if (found || part == 0)
            return found;
        still_ns = now() >= look().limit_ns ? still_ns + part : 0;
        if (still_ns >= SLICE)
            return found;
    }
}

int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout_ms)
{
    return epoll_pwait(epoll, events, most, timeout_ms, NULL);
}

int ppoll(struct pollfd *files, nfds_t count, const struct timespec *timeout,
          const sigset_t *mask)
{
    if (!shared || !timeout)
        return REAL(ppoll)(files, count, timeout, mask);
    SLICED(ns(timeout), REAL(ppoll)(files, count, &one, mask));
}

int poll(struct pollfd *files, nfds_t count, int timeout_ms)
{
    struct timespec timeout = spec(timeout_ms * 1000000LL);
    return ppoll(files, count, timeout_ms < 0 ? NULL : &timeout, NULL);
}

int pselect(int count, fd_set *restrict in, fd_set *restrict out,
            fd_set *restrict broken, const struct timespec *restrict timeout,
            const sigset_t *restrict mask)
{
    fd_set none, ins, outs, brokens;
    if (!shared || !timeout)
        return REAL(pselect)(count, in, out, broken, timeout, mask);
    FD_ZERO(&none);
    ins = in ? *in : none;
    outs = out ? *out : none;
    brokens = broken ? *broken : none;
    /* Each call clears the sets. */
    SLICED(ns(timeout), ((in ? (void)(*in = ins) : (void)0),
                         (out ? (void)(*out = outs) : (void)0),
                         (broken ? (void)(*broken = brokens) : (void)0),
                         REAL(pselect)(count, in, out, broken, &one, mask)));
}

int select(int count, fd_set *restrict in, fd_set *restrict out,
           fd_set *restrict broken, struct timeval *restrict timeout)
{
    struct timespec time;
    if (timeout)
        time = spec(timeout->tv_sec * SECOND + timeout->tv_usec * 1000LL);
    return pselect(count, in, out, broken, timeout ? &time : NULL, NULL);
}

int sem_clockwait(sem_t *restrict semaphore, clockid_t clock,
                  const struct timespec *restrict until)
{
    if (!shared)
        return REAL(sem_clockwait)(semaphore, clock, until);
    for (;;) {
        int64_t part = slice(told(clock, until));
        struct timespec one = spec(clock_ns(CLOCK_MONOTONIC) + part);
        int failed = REAL(sem_clockwait)(semaphore, CLOCK_MONOTONIC, &one);
        if (!failed || errno != ETIMEDOUT || part == 0)
            return failed;
    }
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict until)
{
    return sem_clockwait(semaphore, CLOCK_REALTIME, until);
}

int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           clockid_t clock, const struct timespec *until)
{
    struct timespec one;
    int64_t part;
    int failed;
    if (!shared)
        return REAL(pthread_cond_clockwait)(condition, mutex, clock, until);
    part = slice(told(clock, until));
    one = spec(clock_ns(CLOCK_MONOTONIC) + part);
    failed = REAL(pthread_cond_clockwait)(condition, mutex, CLOCK_MONOTONIC, &one);
    /* A slice that ends looks like a wake-up without reason, which anybody expects. */
    return failed == ETIMEDOUT && part > 0 ? 0 : failed;
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           const struct timespec *until)
{
    struct timespec wall_now, monotonic_now;
    clock_gettime(CLOCK_REALTIME, &wall_now);
    clock_gettime(CLOCK_MONOTONIC, &monotonic_now);
    /* Which clock a condition has can't be asked: it's the one that is nearer. */
    return pthread_cond_clockwait(
        condition, mutex,
        llabs(ns(until) - ns(&wall_now)) < llabs(ns(until) - ns(&monotonic_now))
            ? CLOCK_REALTIME
            : CLOCK_MONOTONIC,
        until);
}

/* Erlang and Rust wait by the system's call itself. */
long syscall(long number, ...)
{
    long a[6];
    struct timespec one;
    const struct timespec *timeout;
    va_list rest;
    va_start(rest, number);
    for (int place = 0; place < 6; place++)
        a[place] = va_arg(rest, long);
    va_end(rest);
    timeout = (const struct timespec *)a[3];
    if (!shared || number != SYS_futex || !timeout)
        return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    switch (a[1] & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
        /* One that ends early is expected: who waited looks at the clock. */
        one = spec(slice(now() + ns(timeout)));
        return REAL(syscall)(number, a[0], a[1], a[2], &one, a[4], a[5]);
    case FUTEX_WAIT_BITSET: {
        clockid_t clock =
            a[1] & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC;
        int64_t left = (int64_t)((told(clock, timeout) - now()) / look().pace);
        one = spec(clock_ns(clock) + (left > 0 ? left : 0));
        return REAL(syscall)(number, a[0], a[1], a[2], &one, a[4], a[5]);
    }
    }
    return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
