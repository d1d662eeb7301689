namespace Nocturne.Ports;

/// <summary>The store or the network did not answer, or asked to be left alone; the same call may succeed later.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A commit's condition did not hold: another writer was there first. Read again and try again.</summary>
public sealed class DocumentConflictException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>An object's generation is not the one that the call required.</summary>
public sealed class PreconditionFailedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A call is over one of the documented bounds; repeating it does not help.</summary>
public sealed class LimitExceededException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The topic does not exist: Topology and the deployment disagree.</summary>
public sealed class TopicNotFoundException(string message, Exception? inner = null) : Exception(message, inner);
