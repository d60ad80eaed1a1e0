// How often ranks tell that they are alive, and after how long a silence one is given up: a job ends within 15 seconds.
#pragma once
#include <chrono>

constexpr std::chrono::seconds BEAT{1};
constexpr std::chrono::seconds PATIENCE{10};
/** Of those who miss the same rank the first speaks; the others give it so much time to end the job. */
constexpr std::chrono::seconds PRECEDENCE{2};
/** What ending a job may take, where the network is gone. */
constexpr unsigned SECONDS_TO_ABORT = 3;
